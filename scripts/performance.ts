// Renders docs/performance.md and its pictures from the results of the last runs, bench/results.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StoredResult, resultsFolder } from '../bench/harness/results.ts';
import { type Pages, renderPerformance } from '../bench/report/page.ts';

export const docsFolder = join(import.meta.dirname, '../docs');

export function renderResults(): Pages {
  const files = readdirSync(resultsFolder).filter((file) => file.endsWith('.json'));
  const results = files.map((file): StoredResult =>
    JSON.parse(readFileSync(join(resultsFolder, file), 'utf8')),
  );
  return renderPerformance(results);
}

if (import.meta.main) {
  mkdirSync(join(docsFolder, 'performance'), { recursive: true });
  for (const [path, content] of renderResults()) writeFileSync(join(docsFolder, path), content);
}
