// What a deferral, a notification and a pull cost while many messages of other users wait.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { measureOf, sampleOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark, Measure } from './harness/benchmark.ts';
import { check } from './harness/check.ts';
import { Device } from './harness/device.ts';
import { fillStore } from './harness/fill.ts';
import { acknowledged, startLoadGenerator } from './harness/load.ts';
import type { LoadReport, Pace } from './harness/load.ts';
import { processorSeconds } from './harness/processor-time.ts';
import { domain, howItRuns, managementUri, startProduct } from './harness/product.ts';
import type { Product } from './harness/product.ts';
import { figure } from './harness/table.ts';

/** Messages of others that wait; `--scale` reduces the greatest. */
const least = 1000;
const greatest = 10_000_000;
const between = 100_000;

/** Messages of one user, all of which one pull gets. */
const perUser = 100;
const warmUpUsers = 20;
const users = 50;
/** Whoever registers is notified 2 s later by default. */
const notifiedAfterMilliseconds = 2500;
const quietMilliseconds = 500;
/** What is still written after the last answer counts as well. */
const settlingMilliseconds = 300;

const figures = [
  { of: 'deferral', what: 'a deferral', unit: 'CPU ms' },
  { of: 'deferralP50', what: 'a deferral alone', unit: 'p50, ms' },
  { of: 'notification', what: `notifying a user of ${perUser}`, unit: 'CPU ms' },
  { of: 'pull', what: `a pull of ${perUser}`, unit: 'CPU ms' },
  { of: 'pullP50', what: `a pull of ${perUser}`, unit: 'p50, ms' },
] as const;

type Figures = Readonly<Record<(typeof figures)[number]['of'], number>>;

export const benchmark: Benchmark = {
  name: 'scaling',
  summary: 'cost of a deferral, a notification and a pull while many messages of others wait',
  packages: [],
  run: async (context) => {
    const counts = countsFor(context.scale);
    for (const count of counts) await fill(context, count);
    const found = new Map(counts.map((count): [number, Figures[]] => [count, []]));
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const count of counts) {
        const measured = await measureRound(context, count, round);
        found.get(count)?.push(measured);
        const said = figures.map(({ of, what, unit }) => `${what} ${figure(measured[of])} ${unit}`);
        context.say(`round ${round}, ${figure(count)} waiting: ${said.join(', ')}`);
      }
    }
    for (const count of counts) rmSync(folderOf(context, count), { recursive: true });
    return {
      measures: rowsOf(counts, found),
      notes: [
        howItRuns,
        `others: one message each, in the database before the server starts; each round adds ${warmUpUsers + users} users with ${perUser} messages, who pull them`,
        'a deferral alone: one outstanding; CPU of a deferral: 32 outstanding',
        'a notification: CPU from REGISTER until all requests that list what waits are answered',
        'every message that was acknowledged came to its user once',
      ],
    };
  },
};

function countsFor(scale: number): readonly number[] {
  const most = Math.round(greatest * Math.min(1, scale));
  return [...new Set([least, between, most])].filter((count) => count <= most).toSorted((a, b) => a - b);
}

function folderOf({ folder }: BenchContext, count: number): string {
  return join(folder, `waiting-${count}`);
}

async function fill(context: BenchContext, count: number): Promise<void> {
  const began = performance.now();
  await fillStore(folderOf(context, count), { messages: count });
  context.say(`${figure(count)} messages wait after ${figure((performance.now() - began) / 1000)} s`);
}

/** One life of a server on the folder: what it was given in it is gone from it at the end. */
async function measureRound(context: BenchContext, count: number, round: number): Promise<Figures> {
  const product = await startProduct(context.folder, { data: folderOf(context, count) });
  const device = await Device.open(product.port);
  try {
    const firstUser = round * (warmUpUsers + users);
    await measureUsers(product, device, firstUser, warmUpUsers);
    return await measureUsers(product, device, firstUser + warmUpUsers, users);
  } finally {
    device.close();
    await product.stop();
  }
}

/** Messages for users of their own: deferred, then announced, then pulled. */
async function measureUsers(
  product: Product,
  device: Device,
  firstUser: number,
  count: number,
): Promise<Figures> {
  const deferred = await defer(product, firstUser, count);
  const numbers = Array.from({ length: count }, (_, index) => firstUser + index);
  const notifying = await processorTimeOf(product, async () => {
    for (const user of numbers) await device.register(user);
    await pause(notifiedAfterMilliseconds);
    while (device.quietMilliseconds < quietMilliseconds) await pause(quietMilliseconds);
  });
  const times: number[] = [];
  const pulling = await processorTimeOf(product, async () => {
    for (const user of numbers) times.push(await pullOf(device, user));
  });
  check(device.duplicates === 0, `restante delivered ${device.duplicates} messages twice`);
  return {
    ...deferred,
    notification: notifying / count,
    pull: pulling / count,
    pullP50: sampleOf(times).median,
  };
}

/** Half of the messages with one outstanding, for its latency; half with many, for what they cost. */
async function defer(
  product: Product,
  firstUser: number,
  count: number,
): Promise<Pick<Figures, 'deferral' | 'deferralP50'>> {
  const half = (count * perUser) / 2;
  const generator = await startLoadGenerator({
    transport: 'udp',
    port: product.port,
    domain,
    messagesPerRecipient: perUser,
    firstNumber: firstUser * perUser,
  });
  const run = async (pace: Pace): Promise<LoadReport> => {
    const report = await generator.run({ messages: half, pace });
    check(acknowledged(report) === half, `restante took ${acknowledged(report)} of ${half} messages`);
    return report;
  };
  try {
    const { latency } = await run({ kind: 'closed', window: 1 });
    const used = await processorTimeOf(product, () => run({ kind: 'closed', window: 32 }));
    return { deferral: used / half, deferralP50: latency.p50 };
  } finally {
    await generator.close();
  }
}

/** Milliseconds from INVITE until the last message has come. */
async function pullOf(device: Device, user: number): Promise<number> {
  const began = performance.now();
  const delivered = device.delivered(perUser);
  const ended = device.pull(user, managementUri);
  await delivered;
  const time = performance.now() - began;
  await ended;
  return time;
}

/** Milliseconds of processor time that the server has used meanwhile. */
async function processorTimeOf(product: Product, act: () => Promise<unknown>): Promise<number> {
  const before = processorSeconds(product.processes);
  await act();
  await pause(settlingMilliseconds);
  return (processorSeconds(product.processes) - before) * 1000;
}

/** Each greater number beside the least one, from the same rounds. */
function rowsOf(
  counts: readonly number[],
  found: ReadonlyMap<number, readonly Figures[]>,
): readonly Measure[] {
  return counts.slice(1).flatMap((count) =>
    figures.map(({ of, what, unit }) =>
      measureOf(
        {
          name: `${what}, ${figure(count)} waiting`,
          unit,
          peerName: `${figure(counts[0] ?? least)} waiting`,
          goal: { at: 'most', ratio: 1.3 },
        },
        (found.get(count) ?? []).map((each) => each[of]),
        (found.get(counts[0] ?? least) ?? []).map((each) => each[of]),
      ),
    ),
  );
}
