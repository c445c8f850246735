import type { Row, Table } from './effect.ts';

export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';
export type InviteClientEvent =
  | 'start'
  | 'provisional'
  | 'success'
  | 'failure'
  | 'timer-a'
  | 'timer-b'
  | 'timer-d'
  | 'timer-m'
  | 'transport-error';

/** RFC 3261 section 17.1.1.2, figure 5, with the Accepted state of RFC 6026 section 7.2. */
export const inviteClient: Table<InviteClientState, InviteClientEvent> = {
  calling: {
    start: ['calling', 'send-request', 'start-timer-a', 'start-timer-b'],
    provisional: ['proceeding', 'stop-timers', 'pass-response'],
    success: ['accepted', 'stop-timers', 'start-timer-m', 'pass-response'],
    failure: ['completed', 'stop-timers', 'send-ack', 'start-timer-d', 'pass-response'],
    'timer-a': ['calling', 'send-request', 'start-timer-a'],
    'timer-b': ['terminated', 'inform-timeout'],
    'transport-error': ['terminated', 'inform-transport-error'],
  },
  proceeding: {
    provisional: ['proceeding', 'pass-response'],
    success: ['accepted', 'start-timer-m', 'pass-response'],
    failure: ['completed', 'send-ack', 'start-timer-d', 'pass-response'],
    'transport-error': ['terminated', 'inform-transport-error'],
  },
  accepted: {
    success: ['accepted', 'pass-response'],
    'timer-m': ['terminated'],
  },
  completed: {
    failure: ['completed', 'send-ack'],
    'timer-d': ['terminated'],
    'transport-error': ['terminated', 'inform-transport-error'],
  },
  terminated: {},
};

export function stepInviteClient(state: InviteClientState, event: InviteClientEvent): Row<InviteClientState> {
  return inviteClient[state][event] ?? [state];
}
