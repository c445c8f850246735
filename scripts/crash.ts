// `npm run crash [kills]`: the crash test alone, with as many kills as are asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/crash'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, RESTANTE_CRASH_KILLS: process.argv[2] ?? '50' },
  },
);
process.exitCode = status ?? 1;
