import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Measure } from '../../bench/harness/benchmark.ts';
import { measureOf } from '../../bench/harness/benchmark.ts';
import type { StoredResult } from '../../bench/harness/results.ts';
import { attainment } from '../../bench/report/goals.ts';
import { renderPerformance } from '../../bench/report/page.ts';
import { docsFolder, renderResults } from '../../scripts/performance.ts';

test('documentation: docs/performance.md and its pictures are drawn from bench/results', () => {
  const pages = renderResults();
  for (const [path, content] of pages)
    expect(readFileSync(join(docsFolder, path), 'utf8'), path).toBe(content);
  const pictures = readdirSync(join(docsFolder, 'performance')).filter((file) => file.endsWith('.svg'));
  expect(pictures.map((file) => `performance/${file}`).toSorted()).toEqual(
    [...pages.keys()].filter((path) => path.endsWith('.svg')).toSorted(),
  );
});

const about = { unit: 'ms', peerName: '1,000 waiting' };

function resultOf(benchmark: string, measures: readonly Measure[]): StoredResult {
  return {
    benchmark,
    date: '2026-01-02T03:04:05.000Z',
    rounds: 1,
    scale: 0.5,
    machine: { processor: 'P & Q', cores: 2, memoryBytes: 8 * 2 ** 30, kernel: 'Linux 6', node: 'v24.0.0' },
    packages: { kamailio: '5' },
    log: [],
    measures,
    notes: ['a note'],
  };
}

test('a goal is reached from below or from above', () => {
  const least = measureOf({ ...about, name: 'x', goal: { at: 'least', ratio: 5 } }, [100], [10]);
  const most = measureOf({ ...about, name: 'x', goal: { at: 'most', ratio: 0.5 } }, [10], [10]);
  expect([attainment(least), attainment(most)]).toEqual([2, 0.5]);
  expect(attainment(measureOf({ ...about, name: 'x' }, [1], [1]))).toBeNaN();
});

test('a result becomes a section with a table, its notes and a picture', () => {
  const row = measureOf({ ...about, name: 'a < b: task', goal: { at: 'most', ratio: 0.5 } }, [10], [10]);
  const pages = renderPerformance([resultOf('parser', [row])]);
  const page = pages.get('performance.md') ?? '';
  expect(page).toContain('Of 1 goals 0 are reached.');
  expect(page).toContain('| a < b: task | ms | 10 | 10 | 1,000 waiting | 1 | ≤ 0.5 | **not reached** |');
  expect(page).toContain('2026-01-02 03:04 UTC · 1 round · scaled by 0.5 · P & Q, 2 cores, 8 GB');
  expect(page).toContain('- a note');
  expect(pages.get('performance/parser.svg')).toContain('>a &lt; b</text>');
});

test('what grows is drawn as lines, beginning at the least number', () => {
  const rows = [
    measureOf({ ...about, name: 'a pull, 100,000 waiting' }, [11], [10]),
    measureOf({ ...about, name: 'a pull, 10,000,000 waiting' }, [12], [10]),
  ];
  const lines = renderPerformance([resultOf('scaling', rows)]).get('performance/scaling.svg') ?? '';
  expect(lines).toContain('>a pull, ms: 1.2</text>');
  for (const count of ['1,000', '100,000', '10,000,000']) expect(lines).toContain(`>${count}</text>`);
});
