import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'vitest';

test('README: its code runs, says what it promises, and ends by itself', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const parameters = ['--conditions=restante-source', '--input-type=module-typescript', '-e', code];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, {
    cwd: join(import.meta.dirname, '../../..'),
  });
  assert.equal(stdout, 'bob got 300000 octets of image/jpeg\nalice: delivered\n');
});
