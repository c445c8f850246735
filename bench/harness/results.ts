import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult } from './benchmark.ts';
import type { Machine } from './machine.ts';

/** `bench/results/NAME.json`: one run, as docs/performance.md shows it. */
export interface StoredResult extends BenchResult {
  readonly benchmark: string;
  /** ISO 8601. */
  readonly date: string;
  readonly rounds: number;
  readonly scale: number;
  readonly machine: Machine;
  /** Debian packages of the peers and their versions. */
  readonly packages: Readonly<Record<string, string>>;
  /** What was said during the run: each round with the load average beside it. */
  readonly log: readonly string[];
}

export const resultsFolder = join(import.meta.dirname, '../results');

/** Writes the file and gives its path. */
export function keepResult(result: StoredResult): string {
  mkdirSync(resultsFolder, { recursive: true });
  const path = join(resultsFolder, `${result.benchmark}.json`);
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  return path;
}
