import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeferredDeliveryResult } from '../../../src/participating-function/deferred/deferred-delivery.ts';
import { PullExecutions } from '../../../src/participating-function/deferred/pull-executions.ts';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import type { DeferredQueue, Store } from '../../../src/participating-function/ports.ts';
import { openMemoryStore } from '../../../src/store/memory/memory-store.ts';
import { HandWoundClock, settle } from '../../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../../test/support/sequence-random.ts';
import { SqliteFolder } from '../../store/sqlite/sqlite-folder.ts';
import { aClient, aNewMessage, bob, RememberedLog, start } from './values.ts';

const limits = { perUser: 1000 };
const phone = aClient('phone');
const delivered: DeferredDeliveryResult = { kind: 'delivered', evidence: '200 OK' };
/** As documented: so many deliveries may be without their commit. */
const commitsOutstanding = 64;

let clock: HandWoundClock;
let store: Store;
let log: RememberedLog;
/** What happened, in order: `sent`, `settled`, `released`, and `told` when the notifier hears of it. */
let events: string[];
let answer: (id: string) => DeferredDeliveryResult | Promise<DeferredDeliveryResult>;
let executions: PullExecutions | undefined;

beforeEach(() => {
  clock = new HandWoundClock(start);
  store = openMemoryStore();
  log = new RememberedLog();
  events = [];
  answer = () => delivered;
});

afterEach(async () => {
  await executions?.close();
  await store[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

function open(changes: Partial<DeferredQueue> = {}): PullExecutions {
  const queue: DeferredQueue = {
    ...store.queue,
    settle: async (id, settlement) => {
      const done = await store.queue.settle(id, settlement);
      events.push(`settled ${id}`);
      return done;
    },
    release: async (id, ...rest) => {
      await store.queue.release(id, ...rest);
      events.push(`released ${id}`);
    },
    ...changes,
  };
  executions = new PullExecutions({
    queue,
    delivery: {
      deliverDeferred: async ({ id }) => {
        events.push(`sent ${id}`);
        return answer(id);
      },
    },
    dispositions: { wake: () => {} },
    expiry: { expect: () => {} },
    notifier: { released: () => void events.push('told') },
    clock,
    random: new SequenceRandom(),
    log,
  });
  return executions;
}

async function claims(count: number) {
  const ids = Array.from({ length: count }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => store.queue.enqueue(aNewMessage(id), limits)));
  const device = { contact: phone.address };
  const pull = { key: 'p', user: bob, actions: 'deliver-all' as const, device };
  const result = await store.queue.claim(pull, clock.now());
  if (result.kind !== 'claimed') throw new Error(result.kind);
  return result.claims;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await settle();
}

const of = (kind: string) =>
  events.filter((event) => event.startsWith(`${kind} `)).map((event) => event.slice(kind.length + 1));
const names = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

test('D-11: one at a time and oldest first, also while no commit comes back', async () => {
  const claimed = await claims(40);
  let underWay = 0;
  answer = async () => {
    underWay += 1;
    expect(underWay).toBe(1);
    await settle();
    underWay -= 1;
    return delivered;
  };
  const gate = Promise.withResolvers<void>();
  open({ settle: (id, settlement) => gate.promise.then(() => store.queue.settle(id, settlement)) }).start(
    claimed,
    phone,
  );
  await turns(50);
  expect(of('sent')).toEqual(names(40));
  gate.resolve();
  await turns(5);
  expect(await store.queue.waiting(bob)).toEqual([]);
});

test('D-5: no more deliveries than documented are without their commit', async () => {
  const claimed = await claims(100);
  const commits: (() => void)[] = [];
  open({
    settle: (id, settlement) =>
      new Promise((resolve) => commits.push(() => resolve(store.queue.settle(id, settlement)))),
  }).start(claimed, phone);
  await turns(20);
  expect(of('sent')).toEqual(names(commitsOutstanding));
  commits.shift()?.();
  await turns(5);
  expect(of('sent')).toEqual(names(commitsOutstanding + 1));
  for (let commit = commits.shift(); commit !== undefined; commit = commits.shift()) {
    commit();
    await settle();
  }
  expect(of('sent')).toEqual(names(100));
  expect(await store.queue.waiting(bob)).toEqual([]);
});

test('D-22: a store that fails in the middle: nothing is lost, nothing is sent twice, all is written in the end', async () => {
  const claimed = await claims(150);
  let isFailing = false;
  const failing = async <T>(write: () => Promise<T>): Promise<T> => {
    if (isFailing) throw new StoreUnavailable('disk full');
    return write();
  };
  answer = (id) => {
    if (id === 'm30') isFailing = true;
    return id === 'm40' ? { kind: 'failed', reason: '486 Busy Here', gone: false } : delivered;
  };
  const { queue } = store;
  open({
    contents: (ids) => failing(() => queue.contents(ids)),
    settle: (...call) => failing(() => queue.settle(...call)),
    release: (...call) => failing(() => queue.release(...call)),
  }).start(claimed, phone);
  await clock.advance(60_000);
  expect(of('sent')).toEqual(names(30 + commitsOutstanding));
  isFailing = false;
  await clock.advance(60_000);
  expect(of('sent')).toEqual(names(150));
  expect(await store.queue.waiting(bob)).toMatchObject([{ id: 'm40', attempts: 1, claimed: false }]);
});

test('D-9: a device that is gone: what it has is committed before the rest waits again, and then the notifier is told once', async () => {
  const claimed = await claims(5);
  answer = (id) => (id === 'm2' ? { kind: 'failed', reason: 'no final response', gone: true } : delivered);
  const gate = Promise.withResolvers<void>();
  open({
    settle: async (id, settlement) => {
      await gate.promise;
      events.push(`settled ${id}`);
      return store.queue.settle(id, settlement);
    },
  }).start(claimed, phone);
  await turns(10);
  expect(events).toEqual(['sent m0', 'sent m1', 'sent m2', 'released m2']);
  gate.resolve();
  await turns(10);
  expect(events.slice(4)).toEqual(['settled m0', 'settled m1', 'released m3', 'released m4', 'told']);
  expect((await store.queue.waiting(bob)).map(({ attempts }) => attempts)).toEqual([1, 0, 0]);
});

test('D-14: the notifier hears nothing of a pull that gave nothing back', async () => {
  open().start(await claims(3), phone);
  await turns(10);
  expect(events).not.toContain('told');
  expect(await store.queue.waiting(bob)).toEqual([]);
});

test('D-5: a stop in the middle: what was answered is written, the rest stays claimed and is carried on', async () => {
  const claimed = await claims(20);
  answer = (id) => (id === 'm7' ? new Promise(() => {}) : delivered);
  const first = open();
  first.start(claimed, phone);
  await turns(10);
  await first.close();
  expect(of('settled')).toEqual(names(7));
  const open2 = await store.queue.openClaims();
  expect(open2.map(({ message }) => message.id)).toEqual(names(20).slice(7));
  answer = () => delivered;
  open().start(open2, phone);
  await turns(20);
  expect(of('sent').slice(8)).toEqual(names(20).slice(7));
  expect(await store.queue.waiting(bob)).toEqual([]);
});

test('settlements share commits: a pull of 100 answered at once is a few', async () => {
  using folder = new SqliteFolder();
  store = await folder.open();
  const claimed = await claims(100);
  const before = commitsIn(folder.directory);
  open().start(claimed, phone);
  while ((await store.inspection.counts()).waiting > 0) await settle();
  await executions?.close();
  expect(of('settled')).toEqual(names(100));
  expect(commitsIn(folder.directory) - before).toBeLessThan(20);
});

/** In the write-ahead log of SQLite the last frame of a commit holds the size of the database, the others hold 0. */
function commitsIn(directory: string): number {
  const wal = readFileSync(join(directory, 'restante.db-wal'));
  const frame = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= wal.length; at += frame) if (wal.readUInt32BE(at + 4) > 0) commits += 1;
  return commits;
}
