import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const example = join(root, 'examples/report.ts');

test('README: its code is the example, and the example runs', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``);
  const output = execFileSync(process.execPath, ['--conditions=restante-source', example], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(output).toMatch(/^sip:alice@example\.com \d+ octets\n$/);
});
