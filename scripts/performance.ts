// Renders docs/performance.md and its pictures from the results in docs/performance; `publish [NAME…]` takes the results
// of the last runs from bench/results first.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StoredResult, resultsFolder } from '../bench/harness/results.ts';
import { type Pages, renderPerformance } from '../bench/report/page.ts';

export const docsFolder = join(import.meta.dirname, '../docs');
const publishedFolder = join(docsFolder, 'performance');

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.json'));
}

function publish(names: readonly string[]): void {
  mkdirSync(publishedFolder, { recursive: true });
  const files = names.length > 0 ? names.map((name) => `${name}.json`) : namesIn(resultsFolder);
  for (const file of files) copyFileSync(join(resultsFolder, file), join(publishedFolder, file));
}

/** From the results that stand in docs/performance. */
export function renderPublished(): Pages {
  const results = namesIn(publishedFolder).map((file): StoredResult =>
    JSON.parse(readFileSync(join(publishedFolder, file), 'utf8')),
  );
  return renderPerformance(results);
}

if (import.meta.main) {
  const [command, ...names] = process.argv.slice(2);
  if (command === 'publish') publish(names);
  for (const [path, content] of renderPublished()) writeFileSync(join(docsFolder, path), content);
}
