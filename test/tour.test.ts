import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { managementUri, restante, startServer } from './interop/support/server.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

interface Step {
  readonly command: readonly string[];
  readonly output: readonly string[];
}

/** Every `$ npx restante …` of the README's console blocks with the lines below it. */
function stepsOf(text: string): readonly Step[] {
  const blocks = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((step) => {
      const [line = '', ...output] = step.trimEnd().split('\n');
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      return { command: words.slice(2), output };
    });
}

/** IDs that the README shows, and those of the messages in this run. */
type Names = Map<string, string>;

const isId = (text: string): boolean => /^[0-9a-f]{6}$/.test(text);

/** What a line of the README says, with everything that differs from run to run left open. */
function patternOf(line: string): RegExp {
  const open = line
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\bdm-\w+/g, String.raw`dm-\w+`)
    .replaceAll(/\b[0-9a-f]{24}\b/g, '[0-9a-f]{24}')
    .replaceAll(/\b[0-9a-f]{6}\b/g, '([0-9a-f]{6})')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
    .replaceAll(/(?<=[+ ])\d+ m?s\b/g, String.raw`\d+ m?s`)
    .replaceAll('…', '.*')
    .replaceAll(/\s+/g, String.raw`\s+`);
  return new RegExp(`^${open}$`);
}

function learn(names: Names, expected: string, actual: string): void {
  const found = patternOf(expected).exec(actual)?.slice(1) ?? [];
  for (const [index, [shown = '']] of [...expected.matchAll(/\b[0-9a-f]{6}\b/g)].entries())
    names.set(shown, found[index] ?? shown);
}

function run(parameters: readonly string[], environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...restante, ...parameters],
      { env: { ...process.env, NO_COLOR: '1', COLUMNS: '120', ...environment } },
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`.trimEnd().split('\n')),
    );
  });
}

test('README: the tour shows what its commands print', { timeout: 60_000 }, async () => {
  await using server = await startServer();
  const environment = {
    RESTANTE_SERVER: `sip:127.0.0.1:${server.port};transport=tcp`,
    RESTANTE_DATA: server.data,
    RESTANTE_MANAGEMENT_URI: managementUri,
  };
  const names: Names = new Map();
  const steps = stepsOf(readme);
  expect(steps.length).toBeGreaterThan(5);
  for (const { command, output } of steps) {
    const actual = await run(
      command.map((word) => (isId(word) ? (names.get(word) ?? word) : word)),
      environment,
    );
    expect(actual.length, actual.join('\n')).toBe(output.length);
    for (const [index, line] of output.entries()) {
      expect(actual[index]).toMatch(patternOf(line));
      learn(names, line, actual[index] ?? '');
    }
  }
});

test('README: the ladder is one that the demo draws', () => {
  const [, ladder = ''] = /```text\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(ladder).toMatch(/202 Accepted -+\|\s+deferred, on disk/);
  expect(ladder).toMatch(/INVITE deliver everything/);
});
