// What a million waiting messages hold of memory: found at the start, and accepted one by one.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { measureOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark } from './harness/benchmark.ts';
import { check } from './harness/check.ts';
import { fillStore } from './harness/fill.ts';
import { install, serveWords } from './harness/installation.ts';
import type { Installation } from './harness/installation.ts';
import { acknowledged, startLoadGenerator } from './harness/load.ts';
import { freePort, startService } from './harness/process.ts';
import { residentBytes } from './harness/processor-time.ts';
import { domain } from './harness/product.ts';

const waiting = 1_000_000;
/** Megabytes that a million may take. */
const allowed = 100;
const settlingMilliseconds = 5000;
/** Requests are kept for 32 s (timer J), and then it has to be quiet for a while until memory is given back. */
const afterLoadMilliseconds = 75_000;
const window = 64;
/** Traffic before the second look. */
const traffic = 2000;

interface Running {
  readonly port: number;
  /** Megabytes. */
  resident(): number;
  stop(): Promise<void>;
}

async function start({ launcher, environment }: Installation, data: string): Promise<Running> {
  const port = await freePort();
  const words = [launcher, ...serveWords(data, [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`])];
  const service = startService(process.execPath, words, { log: `${data}.log`, environment });
  await service.until(/is ready/);
  return {
    port,
    resident: () => residentBytes(service.pid) / 1_000_000,
    stop: () => service.stop(),
  };
}

/** Sends so many messages; all of them have to be taken. */
async function load(port: number, messages: number): Promise<void> {
  const generator = await startLoadGenerator({ transport: 'udp', port, domain });
  try {
    const report = await generator.run({ messages, pace: { kind: 'closed', window } });
    check(acknowledged(report) === messages, `${acknowledged(report)} of ${messages} were taken`);
  } finally {
    await generator.close();
  }
}

interface Found {
  readonly atStart: number;
  readonly afterTraffic: number;
}

/** A server on this folder: after its start has settled, and after some traffic. */
async function look(installation: Installation, data: string, messages: number): Promise<Found> {
  const server = await start(installation, data);
  try {
    await pause(settlingMilliseconds);
    const atStart = server.resident();
    await load(server.port, messages);
    await pause(settlingMilliseconds);
    return { atStart, afterTraffic: server.resident() };
  } finally {
    await server.stop();
  }
}

/** A server that takes all of them itself. */
async function accepting(installation: Installation, data: string, messages: number): Promise<number> {
  const server = await start(installation, data);
  try {
    await load(server.port, messages);
    await pause(afterLoadMilliseconds);
    return server.resident();
  } finally {
    await server.stop();
  }
}

async function measure(context: BenchContext): Promise<Awaited<ReturnType<Benchmark['run']>>> {
  const installation = install(context.folder);
  const messages = Math.round(waiting * context.scale);
  const full = join(context.folder, 'full');
  context.say(`filling a database with ${messages} messages`);
  await fillStore(full, { messages });
  const found: Found[] = [];
  const empty: Found[] = [];
  for (let round = 0; round < context.rounds; round += 1) {
    empty.push(await look(installation, join(context.folder, `empty-${round}`), traffic));
    found.push(await look(installation, full, traffic));
    context.say(`round ${round + 1}: ${found.at(-1)?.atStart.toFixed(0)} MB at the start`);
  }
  context.say(`taking ${messages} messages`);
  const taken = await accepting(installation, join(context.folder, 'taken'), messages);
  const rows = [
    ['found at the start', 'atStart'],
    [`found at the start, after ${traffic} more`, 'afterTraffic'],
  ] as const;
  const goalFor = (sizes: readonly number[]) => {
    const usual = sizes.toSorted((a, b) => a - b)[sizes.length >> 1] ?? 1;
    return { at: 'most', ratio: (usual + allowed) / usual } as const;
  };
  const about = { unit: 'MB resident', peerName: 'the empty server' };
  const emptySizes = empty.map(({ atStart }) => atStart);
  return {
    measures: [
      ...rows.map(([name, key]) => {
        const peer = empty.map((each) => each[key]);
        const title = `${messages} waiting, ${name}`;
        return measureOf(
          { ...about, name: title, goal: goalFor(peer) },
          found.map((each) => each[key]),
          peer,
        );
      }),
      measureOf(
        { ...about, name: `${messages} waiting, taken one by one`, goal: goalFor(emptySizes) },
        emptySizes.map(() => taken),
        emptySizes,
      ),
    ],
    notes: [
      `the goal is ${allowed} MB more than the empty server, written as a ratio`,
      `taken one by one: once, ${window} outstanding, looked at ${afterLoadMilliseconds / 1000} s after the last one`,
    ],
  };
}

export const benchmark: Benchmark = {
  name: 'memory',
  summary: 'resident memory with a million messages waiting',
  packages: [],
  run: measure,
};
