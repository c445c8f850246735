import type { Row, Table } from './effect.ts';

export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';
export type InviteServerEvent =
  | 'start'
  | 'request'
  | 'provisional'
  | 'success'
  | 'failure'
  | 'ack'
  | 'timer-trying'
  | 'timer-g'
  | 'timer-h'
  | 'timer-i'
  | 'timer-l'
  | 'transport-error';

/**
 * RFC 3261 section 17.2.1, figure 7, with the Accepted state of RFC 6026 section 7.1.
 * A transport error leaves the state as it is, so that retransmissions are still absorbed (RFC 6026 section 8.7).
 */
export const inviteServer: Table<InviteServerState, InviteServerEvent> = {
  proceeding: {
    start: ['proceeding', 'start-timer-trying'],
    request: ['proceeding', 'send-response'],
    provisional: ['proceeding', 'stop-timers', 'send-response'],
    success: ['accepted', 'stop-timers', 'send-response', 'start-timer-l'],
    failure: ['completed', 'stop-timers', 'send-response', 'start-timer-g', 'start-timer-h'],
    'timer-trying': ['proceeding', 'send-trying'],
    'transport-error': ['proceeding', 'inform-transport-error'],
  },
  accepted: {
    success: ['accepted', 'send-response'],
    ack: ['accepted', 'pass-ack'],
    'timer-l': ['terminated'],
    'transport-error': ['accepted', 'inform-transport-error'],
  },
  completed: {
    request: ['completed', 'send-response'],
    ack: ['confirmed', 'stop-timers', 'start-timer-i'],
    'timer-g': ['completed', 'send-response', 'start-timer-g'],
    'timer-h': ['terminated', 'inform-timeout'],
    'transport-error': ['completed', 'inform-transport-error'],
  },
  confirmed: {
    'timer-i': ['terminated'],
  },
  terminated: {},
};

export function stepInviteServer(state: InviteServerState, event: InviteServerEvent): Row<InviteServerState> {
  return inviteServer[state][event] ?? [state];
}
