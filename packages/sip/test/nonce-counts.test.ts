import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { NonceCounts } from '../src/nonce-counts.ts';

test('RFC 7616 3.4: a count serves once, also when requests overtake each other', () => {
  const counts = new NonceCounts(1000);
  const use = (count: number): boolean => counts.use('n', 0, count, 0);
  expect([1, 1, 3, 2, 2, 3, 4].map(use)).toEqual([true, false, true, true, false, false, true]);
});

test('RFC 7616 3.4: a count far behind the highest is not taken', () => {
  const counts = new NonceCounts(1000);
  const use = (count: number): boolean => counts.use('n', 0, count, 0);
  expect([100, 69, 68, 300, 269, 268].map(use)).toEqual([true, true, false, true, true, false]);
});

test('RFC 7616 3.4: whatever the order, no count is taken twice', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (tried) => {
      const counts = new NonceCounts(1000);
      const taken = tried.filter((count) => counts.use('n', 0, count, 0));
      expect(new Set(taken).size).toBe(taken.length);
    }),
  ));

test('a nonce that was forgotten for lack of room does not count as unused', () => {
  const counts = new NonceCounts(1000, 2);
  expect(counts.use('a', 1, 1, 5)).toBe(true);
  expect(counts.use('b', 2, 1, 5)).toBe(true);
  expect(counts.use('c', 3, 1, 5)).toBe(true);
  expect(counts.use('a', 1, 1, 5)).toBe(false);
  expect(counts.use('a', 1, 2, 5)).toBe(false);
  expect(counts.use('b', 2, 2, 5)).toBe(true);
});
