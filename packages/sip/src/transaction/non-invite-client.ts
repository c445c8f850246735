import type { Row, Table } from './effect.ts';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteClientEvent =
  | 'start'
  | 'provisional'
  | 'final'
  | 'timer-e'
  | 'timer-f'
  | 'timer-k'
  | 'transport-error';

/** RFC 3261 section 17.1.2.2, figure 6. */
export const nonInviteClient: Table<NonInviteClientState, NonInviteClientEvent> = {
  trying: {
    start: ['trying', 'send-request', 'start-timer-e', 'start-timer-f'],
    provisional: ['proceeding', 'pass-response'],
    final: ['completed', 'stop-timers', 'start-timer-k', 'pass-response'],
    'timer-e': ['trying', 'send-request', 'start-timer-e'],
    'timer-f': ['terminated', 'inform-timeout'],
    'transport-error': ['terminated', 'inform-transport-error'],
  },
  proceeding: {
    provisional: ['proceeding', 'pass-response'],
    final: ['completed', 'stop-timers', 'start-timer-k', 'pass-response'],
    'timer-e': ['proceeding', 'send-request', 'start-timer-e'],
    'timer-f': ['terminated', 'inform-timeout'],
    'transport-error': ['terminated', 'inform-transport-error'],
  },
  completed: {
    'timer-k': ['terminated'],
  },
  terminated: {},
};

export function stepNonInviteClient(
  state: NonInviteClientState,
  event: NonInviteClientEvent,
): Row<NonInviteClientState> {
  return nonInviteClient[state][event] ?? [state];
}
