import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const example = join(root, 'examples/user-agents.ts');

test('README: its code is the example', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  assert(readme.includes(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``));
});

test('README: the example runs, says what it promises, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=restante-source', example], {
    cwd: root,
  });
  assert.equal(stdout, 'bob got: Lunch at noon?\nalice got: 200 OK\n');
});
