// `npm test`: every suite on the Node that npm found first; with CI=true also on the other supported majors.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const results = join(root, 'node_modules/.cache/test-results.json');
const otherMajors = ['22', '26'];

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function run(
  command: string,
  commandArguments: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { status: number; totals: Totals } {
  rmSync(results, { force: true });
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  const { status } = spawnSync(command, [...commandArguments, ...vitestArguments()], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return { status: status ?? 1, totals: readTotals() };
}

function vitestArguments(): readonly string[] {
  return [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ];
}

function readTotals(): Totals {
  if (!existsSync(results)) return { passed: 0, failed: 1, skipped: 0 };
  const report: unknown = JSON.parse(readFileSync(results, 'utf8'));
  const count = (name: string): number => {
    const value: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, name) : 0;
    return typeof value === 'number' ? value : 0;
  };
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests'),
    skipped: count('numPendingTests'),
  };
}

const isContinuousIntegration = process.env['CI'] === 'true';
// Two hundred kills take about two minutes; on the other versions a few tell that they crash alike.
const kills = process.env['RESTANTE_CRASH_KILLS'];
const runs = [run(process.execPath, [], { RESTANTE_CRASH_KILLS: kills ?? '200' })];
if (isContinuousIntegration) {
  for (const major of otherMajors) {
    console.log(`\nThe same on Node ${major}:`);
    runs.push(
      run('npx', ['-y', '-p', `node-linux-${process.arch}@${major}`, 'node'], {
        RESTANTE_CRASH_KILLS: kills ?? '20',
      }),
    );
  }
}

const sum = (name: keyof Totals): number => runs.reduce((total, { totals }) => total + totals[name], 0);
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = runs.every(({ status }) => status === 0) ? 0 : 1;
