import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { renderStateMachines } from '../scripts/state-machines.ts';

const root = join(import.meta.dirname, '..');

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
]
  .concat(['sip', 'cpm', 'client', 'server'].map((name) => `packages/${name}/README.md`))
  .filter((path) => path.endsWith('.md'));

test('documentation: docs/state-machines.md is drawn from the tables', () => {
  expect(readFileSync(join(root, 'docs/state-machines.md'), 'utf8')).toBe(renderStateMachines());
});

test.each(pages)('documentation: every link of %s to a file of the project leads somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  );
  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

test('documentation: docs/errors.md and the refusals in the code name the same statuses', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const documented = new Set([...page.matchAll(/^\| ([45]\d\d) \|/gm)].map(([, status]) => status));
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(sip|server)\/src\/.*\.ts$/.test(path))
    // The table of reason phrases knows every status there is.
    .filter((path) => path !== 'sip/src/protocol/message.ts')
    .map((path) => readFileSync(join(root, 'packages', path), 'utf8'));
  const refusal = /(?:SipRejection\(|status: |MalformedMessage\([^)]*\b|\bstatus = )([45]\d\d)\b/g;
  const refused = new Set(sources.flatMap((text) => [...text.matchAll(refusal)].map(([, status]) => status)));
  expect([...refused].filter((status) => !documented.has(status))).toEqual([]);
  const isWritten = (status = ''): boolean =>
    sources.some((text) => new RegExp(`\\b${status}\\b`).test(text));
  expect([...documented].filter((status) => !isWritten(status))).toEqual([]);
});
