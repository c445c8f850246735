// Renders docs/conformance.md from the requirements and from the names of the tests that show them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirements } from './requirements.ts';

const root = join(import.meta.dirname, '..');

/** Which test files show which requirement, by the numbers at the beginning of the test names. */
export function testsByRequirement(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of testFiles())
    for (const number of numbersIn(readFileSync(join(root, file), 'utf8')))
      found.set(number, (found.get(number) ?? new Set()).add(file));
  return found;
}

function testFiles(): readonly string[] {
  return ['packages', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path}`)
      .filter((path) => !path.includes('node_modules') && /(\.test|-contract)\.ts$/.test(path)),
  );
}

const numbered = /['"`]((?:CL|PF|PR|D)-\d+(?:(?:, | and )(?:CL|PF|PR|D)-\d+)*):/g;

function numbersIn(text: string): readonly string[] {
  return [...text.matchAll(numbered)].flatMap(([, numbers = '']) => numbers.split(/, | and /));
}

export function renderConformance(): string {
  const tests = testsByRequirement();
  const rows = requirements.map(({ number, demand, code }) => {
    const files = code.map((file) => link(`packages/${file}`)).join('<br>') || 'not built yet';
    const shown = [...(tests.get(number) ?? [])].toSorted().map(link).join('<br>') || '–';
    return `| ${number} | ${demand} | ${files} | ${shown} |`;
  });
  return `# Conformance

What the OMA CPM pull mode demands (CL: client, PF: Participating Function, PR: provisioning) and what was decided
where it is silent (D), each with the code that does it and the tests that show it. A test begins its name with the
number. This page is written by \`npm run docs\` from \`scripts/requirements.ts\` and the test names; a test fails when
it is out of date.

| no. | demand | code | tests |
|---|---|---|---|
${rows.join('\n')}
`;
}

function link(path: string): string {
  return `[${path.split('/').at(-1)}](../${path})`;
}

if (import.meta.main) writeFileSync(join(root, 'docs/conformance.md'), renderConformance());
