import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-code.ts';
import { buildProgram } from '../../src/cli/program.ts';

const terminal = {
  out: () => {},
  note: () => {},
  input: process.stdin,
  columns: 100,
  interactive: false,
  unicode: false,
  paint: (_: unknown, text: string) => text,
};

const introduction = readFileSync(join(import.meta.dirname, 'document-introduction.md'), 'utf8');

function document(): string {
  const codes = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return `# The command line

${introduction.trim()}

## Exit codes

| code | meaning |
|---|---|
${codes.join('\n')}
| 130, 143 | a second SIGINT or SIGTERM ended \`serve\` or \`demo --stay\` at once |

## Commands

${leavesOf(buildProgram(terminal)).map(section).join('\n')}`;
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => (child.commands.length === 0 ? [child] : leavesOf(child)));
}

function section(command: Command): string {
  const options = command.options.map(
    ({ flags, description }) => `| \`${flags}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  return `### ${nameOf(command)}

\`${nameOf(command)} ${command.usage()}\`: ${command.description()}.

| flag | meaning |
|---|---|
${options.join('\n')}
`;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

test('docs/cli.md says what the commands say (vitest -u writes it)', async () => {
  await expect(document()).toMatchFileSnapshot(join(import.meta.dirname, '../../../../docs/cli.md'));
});
