import { expect, test } from 'vitest';
import { stepNonInviteServer } from '../../src/transaction/non-invite-server.ts';
import type { NonInviteServerEvent, NonInviteServerState } from '../../src/transaction/non-invite-server.ts';
import { unnamed } from './tables.ts';
import type { ArrowOf } from './tables.ts';

const states: readonly NonInviteServerState[] = ['trying', 'proceeding', 'completed', 'terminated'];
const events: readonly NonInviteServerEvent[] = [
  ...(['start', 'request', 'provisional', 'final', 'timer-j', 'transport-error'] as const),
];

const arrows: readonly ArrowOf<NonInviteServerState, NonInviteServerEvent>[] = [
  ['trying', 'provisional', 'proceeding', 'send-response'],
  ['trying', 'final', 'completed', 'send-response', 'start-timer-j'],
  ['proceeding', 'request', 'proceeding', 'send-response'],
  ['proceeding', 'provisional', 'proceeding', 'send-response'],
  ['proceeding', 'final', 'completed', 'send-response', 'start-timer-j'],
  ['proceeding', 'transport-error', 'proceeding', 'inform-transport-error'],
  ['completed', 'request', 'completed', 'send-response'],
  ['completed', 'timer-j', 'terminated'],
  ['completed', 'transport-error', 'completed', 'inform-transport-error'],
];

for (const [from, event, to, ...effects] of arrows)
  test(`RFC 3261 17.2.2: ${from} on ${event} -> ${to}`, () =>
    expect(stepNonInviteServer(from, event)).toEqual([to, ...effects]));

for (const [state, event] of unnamed(states, events, arrows))
  test(`RFC 3261 17.2.2: ${state} absorbs ${event}`, () =>
    expect(stepNonInviteServer(state, event)).toEqual([state]));
