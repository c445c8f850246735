import type { Row, Table } from './effect.ts';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteServerEvent =
  | 'start'
  | 'request'
  | 'provisional'
  | 'final'
  | 'timer-j'
  | 'transport-error';

/**
 * RFC 3261 section 17.2.2, figure 8.
 * A transport error leaves the state as it is, so that retransmissions are still absorbed (RFC 6026 section 8.7).
 */
export const nonInviteServer: Table<NonInviteServerState, NonInviteServerEvent> = {
  trying: {
    provisional: ['proceeding', 'send-response'],
    final: ['completed', 'send-response', 'start-timer-j'],
  },
  proceeding: {
    request: ['proceeding', 'send-response'],
    provisional: ['proceeding', 'send-response'],
    final: ['completed', 'send-response', 'start-timer-j'],
    'transport-error': ['proceeding', 'inform-transport-error'],
  },
  completed: {
    request: ['completed', 'send-response'],
    'timer-j': ['terminated'],
    'transport-error': ['completed', 'inform-transport-error'],
  },
  terminated: {},
};

export function stepNonInviteServer(
  state: NonInviteServerState,
  event: NonInviteServerEvent,
): Row<NonInviteServerState> {
  return nonInviteServer[state][event] ?? [state];
}
