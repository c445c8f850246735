import { expect, test } from 'vitest';
import { defaultTimers, timerDuration } from '../../src/transaction/timers.ts';
import type { TimerName } from '../../src/transaction/timers.ts';

const duration = (
  name: TimerName,
  reliable: boolean,
  retransmissions = 0,
  proceeding = false,
): number | undefined =>
  timerDuration(name, { settings: defaultTimers, reliable, retransmissions, proceeding });

const table: readonly (readonly [TimerName, unreliable: number, reliable: number | undefined])[] = [
  ['a', 500, undefined],
  ['b', 32_000, 32_000],
  ['d', 32_000, 0],
  ['e', 500, undefined],
  ['f', 32_000, 32_000],
  ['g', 500, undefined],
  ['h', 32_000, 32_000],
  ['i', 5000, 0],
  ['j', 32_000, 0],
  ['k', 5000, 0],
  ['l', 32_000, 32_000],
  ['m', 32_000, 32_000],
  ['trying', 200, 200],
];

for (const [name, unreliable, reliable] of table)
  test(`RFC 3261 appendix A: timer ${name} is ${unreliable} ms, ${reliable} over a reliable transport`, () =>
    expect([duration(name, false), duration(name, true)]).toEqual([unreliable, reliable]));

test('RFC 3261 17.1.1.2: timer A doubles without limit', () =>
  expect([0, 1, 2, 3, 4, 5, 6].map((times) => duration('a', false, times))).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 32_000,
  ]));

test('RFC 3261 17.1.2.2: timer E doubles up to T2, and is T2 in Proceeding', () => {
  expect([0, 1, 2, 3, 4].map((times) => duration('e', false, times))).toEqual([500, 1000, 2000, 4000, 4000]);
  expect(duration('e', false, 0, true)).toBe(4000);
});

test('RFC 3261 17.2.1: timer G doubles up to T2', () =>
  expect([0, 1, 2, 3, 4].map((times) => duration('g', false, times))).toEqual([500, 1000, 2000, 4000, 4000]));
