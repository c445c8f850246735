import { expect, test } from 'vitest';
import { stepInviteServer } from '../../src/transaction/invite-server.ts';
import type { InviteServerEvent, InviteServerState } from '../../src/transaction/invite-server.ts';
import { unnamed } from './tables.ts';
import type { ArrowOf } from './tables.ts';

const states: readonly InviteServerState[] = [
  'proceeding',
  'accepted',
  'completed',
  'confirmed',
  'terminated',
];
const events: readonly InviteServerEvent[] = [
  ...(['start', 'request', 'provisional', 'success', 'failure', 'ack'] as const),
  ...(['timer-trying', 'timer-g', 'timer-h', 'timer-i', 'timer-l', 'transport-error'] as const),
];

const arrows: readonly ArrowOf<InviteServerState, InviteServerEvent>[] = [
  ['proceeding', 'start', 'proceeding', 'start-timer-trying'],
  ['proceeding', 'request', 'proceeding', 'send-response'],
  ['proceeding', 'provisional', 'proceeding', 'stop-timers', 'send-response'],
  ['proceeding', 'success', 'accepted', 'stop-timers', 'send-response', 'start-timer-l'],
  ['proceeding', 'failure', 'completed', 'stop-timers', 'send-response', 'start-timer-g', 'start-timer-h'],
  ['proceeding', 'timer-trying', 'proceeding', 'send-trying'],
  ['proceeding', 'transport-error', 'proceeding', 'inform-transport-error'],
  ['accepted', 'success', 'accepted', 'send-response'],
  ['accepted', 'ack', 'accepted', 'pass-ack'],
  ['accepted', 'timer-l', 'terminated'],
  ['accepted', 'transport-error', 'accepted', 'inform-transport-error'],
  ['completed', 'request', 'completed', 'send-response'],
  ['completed', 'ack', 'confirmed', 'stop-timers', 'start-timer-i'],
  ['completed', 'timer-g', 'completed', 'send-response', 'start-timer-g'],
  ['completed', 'timer-h', 'terminated', 'inform-timeout'],
  ['completed', 'transport-error', 'completed', 'inform-transport-error'],
  ['confirmed', 'timer-i', 'terminated'],
];

for (const [from, event, to, ...effects] of arrows)
  test(`RFC 3261 17.2.1, RFC 6026 7.1: ${from} on ${event} -> ${to}`, () =>
    expect(stepInviteServer(from, event)).toEqual([to, ...effects]));

for (const [state, event] of unnamed(states, events, arrows))
  test(`RFC 3261 17.2.1, RFC 6026 7.1: ${state} absorbs ${event}`, () =>
    expect(stepInviteServer(state, event)).toEqual([state]));
