import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts';
import { freePort } from '../interop/support/process.ts';
import { managementUri, startServer } from '../interop/support/server.ts';
import { Device } from './device.ts';
import { Journal } from './journal.ts';
import { SeededRandom, pause } from './seeded-random.ts';
import { Sender } from './sender.ts';

// All fifty take more than a minute on two cores; RESTANTE_CRASH_KILLS=50 runs them.
const kills = Number(process.env['RESTANTE_CRASH_KILLS'] ?? 10);
const seed = Number(process.env['RESTANTE_CRASH_SEED'] ?? Date.now() % 2 ** 31);
const users = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace'];

class DataFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'restante-crash-'));
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Kills the server at a random moment of its life, again and again; the last one stays. */
async function killAgainAndAgain(
  start: () => ReturnType<typeof startServer>,
  journal: Journal,
  random: SeededRandom,
) {
  for (let round = 0; round < kills; round += 1) {
    await using server = await start();
    await pause(random.between(30, 700));
    server.process.kill('SIGKILL');
    journal.kills.push(Date.now());
    await server.process.exited;
  }
  return start();
}

/** Every device takes what waits for it, until nothing more comes. */
async function drain(devices: readonly Device[]): Promise<void> {
  await Promise.all(
    devices.map(async (device) => {
      await device.register(3600, 10_000);
      for (let round = 0; round < 40; round += 1) {
        const status = await device.pullAll();
        do await pause(400);
        while (Date.now() - device.lastArrival < 400);
        if (status === 488) return;
      }
    }),
  );
}

async function waitingIn(directory: string): Promise<ReadonlySet<string>> {
  await using store = await openSqliteStore({ directory });
  expect((await store.queue.openClaims()).map(({ message }) => message.id)).toEqual([]);
  const messages = await store.inspection.list({ limit: 100_000 });
  return new Set(messages.map(({ dispositions }) => dispositions?.messageId ?? ''));
}

test(`D-5: killed ${kills} times, the server loses nothing and does nothing under a second Message-ID`, async () => {
  using folder = new DataFolder();
  const random = new SeededRandom(seed);
  using journal = new Journal();
  const port = await freePort();
  // Kept between the starts, so that a restart takes a fraction of a second; written by the server that ends in peace.
  const environment = { NODE_COMPILE_CACHE: join(folder.path, 'compiled') };
  const start = () => startServer({ port, data: join(folder.path, 'data'), environment });
  await (await start())[Symbol.asyncDispose]();
  const senders = ['alice', 'anna', 'arno'].map((user) => new Sender(user, journal, random));
  const devices = users.map((user) => new Device(user, managementUri, journal, random));
  const peers = [...senders, ...devices].map(({ peer }) => peer);
  for (const [index, peer] of peers.entries()) await peer.open(index % 2 === 0 ? 'UDP' : 'TCP', port);
  console.log(`crash: seed ${seed}, ${kills} kills`);
  {
    const sending = senders.map(async (sender) => {
      await sender.register(10_000);
      await sender.run(users, 4);
    });
    const pulling = devices.map((device) => device.run());
    await using last = await killAgainAndAgain(start, journal, random);
    for (const each of [...senders, ...devices]) each.stop();
    await Promise.all([...sending, ...pulling]);
    await drain(devices);
    last.process.kill('SIGTERM');
    await last.process.exited;
  }
  for (const peer of peers) peer.close();
  const waiting = await waitingIn(join(folder.path, 'data'));
  console.log(`crash: ${JSON.stringify({ ...journal.counts(), waiting: waiting.size })}`);
  expect(journal.verdict(waiting)).toEqual([]);
  expect(journal.counts().pullsAccepted).toBeGreaterThan(0);
}, 300_000);
