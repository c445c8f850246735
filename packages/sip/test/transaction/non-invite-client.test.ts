import { expect, test } from 'vitest';
import { stepNonInviteClient } from '../../src/transaction/non-invite-client.ts';
import type { NonInviteClientEvent, NonInviteClientState } from '../../src/transaction/non-invite-client.ts';
import { unnamed } from './tables.ts';
import type { ArrowOf } from './tables.ts';

const states: readonly NonInviteClientState[] = ['trying', 'proceeding', 'completed', 'terminated'];
const events: readonly NonInviteClientEvent[] = [
  ...(['start', 'provisional', 'final', 'timer-e', 'timer-f', 'timer-k', 'transport-error'] as const),
];

const arrows: readonly ArrowOf<NonInviteClientState, NonInviteClientEvent>[] = [
  ['trying', 'start', 'trying', 'send-request', 'start-timer-e', 'start-timer-f'],
  ['trying', 'provisional', 'proceeding', 'pass-response'],
  ['trying', 'final', 'completed', 'stop-timers', 'start-timer-k', 'pass-response'],
  ['trying', 'timer-e', 'trying', 'send-request', 'start-timer-e'],
  ['trying', 'timer-f', 'terminated', 'inform-timeout'],
  ['trying', 'transport-error', 'terminated', 'inform-transport-error'],
  ['proceeding', 'provisional', 'proceeding', 'pass-response'],
  ['proceeding', 'final', 'completed', 'stop-timers', 'start-timer-k', 'pass-response'],
  ['proceeding', 'timer-e', 'proceeding', 'send-request', 'start-timer-e'],
  ['proceeding', 'timer-f', 'terminated', 'inform-timeout'],
  ['proceeding', 'transport-error', 'terminated', 'inform-transport-error'],
  ['completed', 'timer-k', 'terminated'],
];

for (const [from, event, to, ...effects] of arrows)
  test(`RFC 3261 17.1.2.2: ${from} on ${event} -> ${to}`, () =>
    expect(stepNonInviteClient(from, event)).toEqual([to, ...effects]));

for (const [state, event] of unnamed(states, events, arrows))
  test(`RFC 3261 17.1.2.2: ${state} absorbs ${event}`, () =>
    expect(stepNonInviteClient(state, event)).toEqual([state]));
