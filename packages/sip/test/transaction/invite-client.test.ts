import { expect, test } from 'vitest';
import { stepInviteClient } from '../../src/transaction/invite-client.ts';
import type { InviteClientEvent, InviteClientState } from '../../src/transaction/invite-client.ts';
import { unnamed } from './tables.ts';
import type { ArrowOf } from './tables.ts';

const states: readonly InviteClientState[] = ['calling', 'proceeding', 'accepted', 'completed', 'terminated'];
const events: readonly InviteClientEvent[] = [
  ...(['start', 'provisional', 'success', 'failure'] as const),
  ...(['timer-a', 'timer-b', 'timer-d', 'timer-m', 'transport-error'] as const),
];

const arrows: readonly ArrowOf<InviteClientState, InviteClientEvent>[] = [
  ['calling', 'start', 'calling', 'send-request', 'start-timer-a', 'start-timer-b'],
  ['calling', 'provisional', 'proceeding', 'stop-timers', 'pass-response'],
  ['calling', 'success', 'accepted', 'stop-timers', 'start-timer-m', 'pass-response'],
  ['calling', 'failure', 'completed', 'stop-timers', 'send-ack', 'start-timer-d', 'pass-response'],
  ['calling', 'timer-a', 'calling', 'send-request', 'start-timer-a'],
  ['calling', 'timer-b', 'terminated', 'inform-timeout'],
  ['calling', 'transport-error', 'terminated', 'inform-transport-error'],
  ['proceeding', 'provisional', 'proceeding', 'pass-response'],
  ['proceeding', 'success', 'accepted', 'start-timer-m', 'pass-response'],
  ['proceeding', 'failure', 'completed', 'send-ack', 'start-timer-d', 'pass-response'],
  ['proceeding', 'transport-error', 'terminated', 'inform-transport-error'],
  ['accepted', 'success', 'accepted', 'pass-response'],
  ['accepted', 'timer-m', 'terminated'],
  ['completed', 'failure', 'completed', 'send-ack'],
  ['completed', 'timer-d', 'terminated'],
  ['completed', 'transport-error', 'terminated', 'inform-transport-error'],
];

for (const [from, event, to, ...effects] of arrows)
  test(`RFC 3261 17.1.1.2: ${from} on ${event} -> ${to}`, () =>
    expect(stepInviteClient(from, event)).toEqual([to, ...effects]));

for (const [state, event] of unnamed(states, events, arrows))
  test(`RFC 3261 17.1.1.2: ${state} absorbs ${event}`, () =>
    expect(stepInviteClient(state, event)).toEqual([state]));
