// A device comes back and gets 100 messages: the product's pull against the replay of Kamailio's msilo.
import { setTimeout as pause } from 'node:timers/promises';
import { measureOf, sampleOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark } from './harness/benchmark.ts';
import { check } from './harness/check.ts';
import { Device } from './harness/device.ts';
import { acknowledged, startLoadGenerator } from './harness/load.ts';
import { domain, howItRuns, managementUri, startProduct } from './harness/product.ts';
import { openQueueCount } from './harness/queue-count.ts';
import type { System } from './harness/system.ts';
import { checkCommitOrder } from './harness/trace.ts';
import type { Marks } from './harness/strace.ts';
import { kamailioNames, kamailioPackages, startKamailio } from './peers/kamailio.ts';

const messages = 100;
/** Users that come back in one round, one after another; the first ones are the warm-up. */
const users = 20;
const warmUpUsers = 5;
/** The product notifies whoever registers, 2 s later by default; pulls are measured after that. */
const notifiedAfterMilliseconds = 2500;
const quietMilliseconds = 500;

const kinds = ['postgres', 'sqlite'] as const;
const candidates = [4, 8, 16];

/** The Call-ID of a pull: in what the server keeps of its claims, and in the answer to INVITE. */
const marks: Marks = {
  written: /(pull-[0-9a-f]{16})/g,
  answered: /Call-ID: (pull-[0-9a-f]{16})/g,
};

export const benchmark: Benchmark = {
  name: 'pull',
  summary: `a pull of ${messages} messages, until all are delivered and that is on disk`,
  packages: [...new Set(kinds.flatMap((kind) => kamailioPackages[kind])), 'strace'],
  run: async (context) => {
    const children = { postgres: await bestForReplay(context), sqlite: 1 };
    const product: number[] = [];
    const replays = { postgres: [] as number[], sqlite: [] as number[] };
    for (let round = 1; round <= context.rounds; round += 1) {
      product.push(await pullRound(context));
      for (const kind of kinds) replays[kind].push(await replayRound(context, kind, children[kind]));
      const figures = [product, replays.postgres, replays.sqlite].map(
        (all) => `${all.at(-1)?.toFixed(1)} ms`,
      );
      context.say(
        `round ${round}  pull ${figures[0]}, replay from PostgreSQL ${figures[1]}, from SQLite ${figures[2]}`,
      );
    }
    const better =
      sampleOf(replays.postgres).median < sampleOf(replays.sqlite).median ? 'postgres' : 'sqlite';
    return {
      measures: kinds.map((kind) =>
        measureOf(
          {
            name: `${messages} messages to a device, median of ${users - warmUpUsers} users`,
            unit: 'ms',
            peerName: kamailioNames[kind],
            ...(kind === better && { goal: { at: 'most', ratio: 0.5 } as const }),
          },
          product,
          replays[kind],
        ),
      ),
      notes: [
        howItRuns,
        `restante: from INVITE until its database holds none of the ${messages}; each came once`,
        'msilo: from REGISTER until the last message has come; its rows are deleted later, by a timer',
        `${kamailioNames.postgres}: ${children.postgres} children`,
        `pull, ${await tracePull(context)}`,
      ],
    };
  },
};

/** Stores what `count` users will get. */
async function fill({ name, port }: System, count: number): Promise<void> {
  const generator = await startLoadGenerator({
    transport: 'udp',
    port,
    domain,
    messagesPerRecipient: messages,
  });
  const report = await generator.run({ messages: messages * count, pace: { kind: 'closed', window: 32 } });
  await generator.close();
  check(acknowledged(report) === messages * count, `${name} did not take what a pull is to deliver`);
}

/** The median of the users of a round, in milliseconds. */
async function pullRound({ folder }: BenchContext): Promise<number> {
  const product = await startProduct(folder);
  const device = await Device.open(product.port);
  const queue = openQueueCount(product.data);
  try {
    await fill(product, users);
    await registerAll(device, users);
    const times: number[] = [];
    for (let user = 0; user < users; user += 1) {
      const left = (users - user - 1) * messages;
      const began = performance.now();
      const delivered = device.delivered(messages);
      const ended = device.pull(user, managementUri);
      await delivered;
      await queue.until(left);
      times.push(performance.now() - began);
      await ended;
    }
    check(device.duplicates === 0, `restante delivered ${device.duplicates} messages twice`);
    check((await product.storedCount()) === 0, 'restante keeps messages that were delivered');
    return sampleOf(times.slice(warmUpUsers)).median;
  } finally {
    queue.close();
    device.close();
    await product.stop();
  }
}

/** Registers users and lets their notifications pass. */
async function registerAll(device: Device, count: number): Promise<void> {
  for (let user = 0; user < count; user += 1) await device.register(user);
  await pause(notifiedAfterMilliseconds);
  while (device.quietMilliseconds < quietMilliseconds) await pause(quietMilliseconds);
}

async function replayRound(
  { folder }: BenchContext,
  kind: (typeof kinds)[number],
  children: number,
): Promise<number> {
  const kamailio = await startKamailio(folder, kind, children);
  const device = await Device.open(kamailio.port);
  try {
    await fill(kamailio, users);
    const times: number[] = [];
    for (let user = 0; user < users; user += 1) {
      const began = performance.now();
      const delivered = device.delivered(messages);
      await Promise.all([device.register(user), delivered]);
      times.push(performance.now() - began);
      await pause(100);
    }
    return sampleOf(times.slice(warmUpUsers)).median;
  } finally {
    device.close();
    await kamailio.stop();
  }
}

/** The number of children with which the replay is fastest. */
async function bestForReplay(context: BenchContext): Promise<number> {
  const tried: { readonly children: number; readonly time: number }[] = [];
  for (const children of candidates) {
    tried.push({ children, time: await replayRound(context, 'postgres', children) });
  }
  const said = tried.map(({ children, time }) => `${children}: ${time.toFixed(1)} ms`).join(', ');
  context.say(`${kamailioNames.postgres}, children: ${said}`);
  return tried.toSorted((a, b) => a.time - b.time)[0]?.children ?? 8;
}

/** INVITE and BYE of one pull are two 2xx. */
async function tracePull({ folder }: BenchContext): Promise<string> {
  const product = await startProduct(folder);
  const device = await Device.open(product.port);
  try {
    await fill(product, 1);
    return await checkCommitOrder(folder, product, marks, async () => {
      const delivered = device.delivered(messages);
      await Promise.all([device.pull(0, managementUri), delivered]);
      return 2;
    });
  } finally {
    device.close();
    await product.stop();
  }
}
