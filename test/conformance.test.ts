import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderConformance, testsByRequirement } from '../scripts/conformance.ts';
import { requirements } from '../scripts/requirements.ts';

const root = join(import.meta.dirname, '..');

test('conformance: docs/conformance.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(root, 'docs/conformance.md'), 'utf8')).toBe(renderConformance());
});

test.each(requirements.filter(({ code }) => code.length > 0))(
  'conformance: $number has its code and a test',
  ({ number, code }) => {
    expect(code.filter((file) => !existsSync(join(root, 'packages', file)))).toEqual([]);
    expect([...(testsByRequirement().get(number) ?? [])]).not.toEqual([]);
  },
);

test('conformance: tests name only requirements that exist', () => {
  const known = new Set(requirements.map(({ number }) => number));
  expect([...testsByRequirement().keys()].filter((number) => !known.has(number))).toEqual([]);
});
