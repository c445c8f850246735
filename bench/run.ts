// `npm run bench [NAME…]`: runs benchmarks, prints their tables, keeps bench/results/NAME.json.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark } from './harness/benchmark.ts';
import { describeMachine, isInMemory, loadAverage } from './harness/machine.ts';
import { checkPackages } from './harness/packages.ts';
import { stopServices } from './harness/process.ts';
import { keepResult } from './harness/results.ts';
import { tableLines } from './harness/table.ts';

const usage = `npm run bench [-- NAME… --rounds N --scale F --list]

  --rounds N  rounds of product and peer in turn, default 5
  --scale F   factor on every count of messages, default 1; less is a short look
  --list      what there is, and the Debian packages it needs`;

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** Not a benchmark, though it stands beside them. */
const self = 'run';

interface Options {
  readonly rounds: number;
  readonly scale: number;
}

function benchmarkNames(): readonly string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .filter((name) => name !== self);
}

async function load(name: string): Promise<Benchmark> {
  const module: { readonly benchmark?: Benchmark } = await import(`./${name}.ts`);
  if (module.benchmark === undefined) throw new Error(`bench/${name}.ts exports no benchmark`);
  return module.benchmark;
}

async function list(): Promise<void> {
  for (const name of benchmarkNames()) {
    const { summary, packages } = await load(name);
    console.log(`${name.padEnd(12)} ${summary}`);
    if (packages.length > 0) console.log(`${''.padEnd(12)} needs ${packages.join(', ')}`);
  }
}

/** True where it ran to its end and every check held; goals missed are shown, not failures. */
async function runOne(name: string, options: Options): Promise<boolean> {
  const benchmark = await load(name);
  console.log(`\n${name}: ${benchmark.summary}`);
  const { versions, missing } = await checkPackages(benchmark.packages);
  if (missing.length > 0) {
    console.error(`not run: install ${missing.join(', ')} (Debian packages)`);
    return false;
  }
  try {
    await runAndShow(benchmark, options, versions);
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

async function runAndShow(
  benchmark: Benchmark,
  options: Options,
  packages: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = runFolder();
  const breakOff = (): void => void stopServices().then(() => leave(folder));
  for (const signal of stopSignals) process.once(signal, breakOff);
  const log: string[] = [];
  const say = (line: string): void => {
    const text = `${line}  [load ${loadAverage()}]`;
    log.push(text);
    console.log(`  ${text}`);
  };
  try {
    const date = new Date().toISOString();
    const result = await benchmark.run({ ...options, folder, say });
    console.log();
    for (const line of tableLines(result.measures)) console.log(line);
    for (const note of result.notes) console.log(`* ${note}`);
    const about = { benchmark: benchmark.name, date, ...options, machine: describeMachine(), packages };
    console.log(`kept in ${relative('', keepResult({ ...about, ...result, log }))}`);
  } finally {
    for (const signal of stopSignals) process.off(signal, breakOff);
    await stopServices();
    rmSync(folder, { recursive: true, force: true });
  }
}

function leave(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  process.exit(130);
}

/** On a disk: databases are to sync. Other users, such as that of PostgreSQL, have to get through it. */
function runFolder(): string {
  const base = [tmpdir(), '/var/tmp'].find((folder) => !isInMemory(folder)) ?? '.';
  const folder = mkdtempSync(join(base, 'restante-bench-'));
  chmodSync(folder, 0o711);
  return folder;
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
  if (values.help || !Number.isInteger(rounds) || rounds < 1 || !(scale > 0)) {
    console.log(usage);
    return values.help;
  }
  const unknown = positionals.filter((name) => !benchmarkNames().includes(name));
  if (unknown.length > 0) {
    console.error(`no benchmark ${unknown.join(', ')}; there is ${benchmarkNames().join(', ')}`);
    return false;
  }
  if (values.list) {
    await list();
    return true;
  }
  let isFine = true;
  for (const name of positionals.length > 0 ? positionals : benchmarkNames()) {
    isFine = (await runOne(name, { rounds, scale })) && isFine;
  }
  return isFine;
}

process.exitCode = (await main()) ? 0 : 1;
