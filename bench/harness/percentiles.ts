import type { Latency } from './load.ts';

/** The smallest value that so large a share of the values does not exceed; NaN where there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Exact, from all values. */
export function latencyOf(milliseconds: Float64Array): Latency {
  const sorted = milliseconds.toSorted();
  return {
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
  };
}
