import { describe, expect, test } from 'vitest';
import { measureOf } from '../../bench/harness/benchmark.ts';
import type { Measure } from '../../bench/harness/benchmark.ts';
import { figure, isReached, tableLines } from '../../bench/harness/table.ts';

const about = { name: 'deferrals', unit: 'messages/s', peerName: 'a peer' };
const row = (goal?: Measure['goal']): Measure =>
  measureOf({ ...about, ...(goal !== undefined && { goal }) }, [9000, 10_000, 11_000], [2000, 2000, 2000]);

describe('the table of a benchmark', () => {
  test('a goal is at least or at most a ratio; a row without one says nothing', () => {
    expect(isReached(row())).toBeUndefined();
    expect(isReached(row({ at: 'least', ratio: 5 }))).toBe(true);
    expect(isReached(row({ at: 'least', ratio: 5.1 }))).toBe(false);
    expect(isReached(row({ at: 'most', ratio: 5 }))).toBe(true);
    expect(isReached(row({ at: 'most', ratio: 4.9 }))).toBe(false);
  });

  test('a row shows median, spread, ratio, goal and whether it is reached', () => {
    const [head = '', rule = '', line = ''] = tableLines([row({ at: 'least', ratio: 10 })]);
    expect(head).toMatch(/^measure +unit +product +peer +ratio +goal$/);
    expect(rule).toMatch(/^-+$/);
    expect(line).toMatch(
      /^deferrals +messages\/s +10,000 \(9,000–11,000\) +2,000 \(2,000–2,000\) +a peer +5 +≥ 10 +NOT reached$/,
    );
  });

  test('figures have three digits that count', () => {
    expect([12_345.6, 123.4, 12.34, 0.012345, Number.NaN].map(figure)).toEqual([
      '12,346',
      '123',
      '12.3',
      '0.0123',
      '–',
    ]);
  });
});
