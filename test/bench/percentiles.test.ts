import { describe, expect, test } from 'vitest';
import { measureOf, sampleOf } from '../../bench/harness/benchmark.ts';
import { latencyOf, percentile } from '../../bench/harness/percentiles.ts';

describe('percentiles', () => {
  test('a percentile is a value that came, the nearest rank', () => {
    const values = Array.from({ length: 1000 }, (_, index) => index + 1);
    expect(percentile(values, 0.5)).toBe(500);
    expect(percentile(values, 0.99)).toBe(990);
    expect(percentile(values, 0.999)).toBe(999);
    expect(percentile(values, 1)).toBe(1000);
    expect(percentile([7], 0.001)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('latency is read from values in any order', () => {
    const latency = latencyOf(Float64Array.of(5, 1, 4, 2, 3));
    expect(latency).toEqual({ p50: 3, p90: 5, p99: 5, p999: 5, max: 5 });
  });

  test('the median of the rounds, the ratio from the rounds paired', () => {
    expect(sampleOf([3, 1, 2]).median).toBe(2);
    expect(sampleOf([4, 1, 2, 3]).median).toBe(2.5);
    const measure = measureOf({ name: 'n', unit: 'u', peerName: 'p' }, [10, 30, 8], [5, 10, 8]);
    expect(measure.ratio).toBe(2);
    expect(measure.product.rounds).toEqual([10, 30, 8]);
  });
});
