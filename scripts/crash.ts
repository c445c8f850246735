// `npm run crash [kills]`: the server killed at random moments under load, so many times, with its verdict.
// `npm run crash faults`: the same with servers that have a fault each, to see that the verdict finds it.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const conditions = ['--conditions=restante-source', '--disable-warning=ExperimentalWarning'];

if (process.execArgv.includes(conditions[0] ?? ''))
  await (process.argv[2] === 'faults' ? findFaults() : crash());
else {
  const again = [...conditions, import.meta.filename, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1;
}

async function crash(): Promise<void> {
  const { runCampaigns } = await import('../test/crash/run.ts');
  const { summary } = await import('../test/crash/tally.ts');
  const { canTrace } = await import('../test/crash/server-life.ts');
  const kills = Number(process.argv[2] ?? process.env['RESTANTE_CRASH_KILLS'] ?? 10_000);
  const seed = Number(process.env['RESTANTE_CRASH_SEED'] ?? Date.now() % 2 ** 31);
  const groups = availableParallelism();
  if (!Number.isSafeInteger(kills) || kills < 1) throw new Error('usage: npm run crash [kills | faults]');
  console.log(`${kills} kills, seed ${seed}, ${groups} servers side by side`);
  if (!canTrace()) console.log('strace cannot be used here: the power does not fail');
  const begun = Date.now();
  const onKill = (done: number, faults: number): void => progress({ done, kills, faults, begun });
  const tally = await runCampaigns({ kills, seed, groups, onKill });
  console.log(`\n\n${summary(tally)}\nminutes${((Date.now() - begun) / 60_000).toFixed(1).padStart(25)}`);
  for (const fault of tally.faults.slice(0, 50)) console.log(`\n${fault}`);
  process.exitCode = tally.faults.length === 0 ? 0 : 1;
}

async function findFaults(): Promise<void> {
  const { runCampaigns } = await import('../test/crash/run.ts');
  const { plant, plantedFaults } = await import('../test/crash/planted-faults.ts');
  for (const fault of plantedFaults) {
    const { main, remove } = plant(fault);
    const { faults } = await runCampaigns({
      kills: 30,
      seed: 1,
      groups: availableParallelism(),
      main,
      keep: false,
    });
    remove();
    console.log(`${fault.name}: ${faults.length === 0 ? 'NOT FOUND' : `found, such as`}`);
    for (const text of faults.slice(0, 3)) console.log(`  ${text.split('\n', 1)[0]}`);
    if (faults.length === 0) process.exitCode = 1;
  }
}

interface Progress {
  readonly done: number;
  readonly kills: number;
  readonly faults: number;
  readonly begun: number;
}

/** On a terminal one line that moves; elsewhere a line for each twentieth. */
function progress({ done, kills, faults, begun }: Progress): void {
  const isTerminal = process.stdout.isTTY;
  if (!isTerminal && done % Math.ceil(kills / 20) !== 0 && done !== kills) return;
  const width = 30;
  const bar = '#'.repeat(Math.round((width * done) / kills)).padEnd(width, '-');
  const seconds = (Date.now() - begun) / 1000;
  const left = Math.ceil(((kills - done) * seconds) / done / 60);
  const line = `[${bar}] ${done}/${kills}, ${(done / seconds).toFixed(1)}/s, ${left} min left, ${faults} faults`;
  if (isTerminal) process.stdout.write(`\r${line} `);
  else console.log(line);
}
