import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { renderStateMachines } from '../scripts/state-machines.ts';

const root = join(import.meta.dirname, '..');

const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`)]
  .concat(['sip', 'cpm', 'client', 'server'].map((name) => `packages/${name}/README.md`))
  .filter((path) => path.endsWith('.md'));

test('documentation: docs/state-machines.md is drawn from the tables', () => {
  expect(readFileSync(join(root, 'docs/state-machines.md'), 'utf8')).toBe(renderStateMachines());
});

test.each(pages)('documentation: every link of %s to a file of the project leads somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});
