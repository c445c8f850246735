import { canonicalUser } from '@restante/cpm';
import { parseUri } from '@restante/sip';
import { expect, test } from 'vitest';
import { CommitWait, loadSenses, QueueWait } from '../../src/assembly/load-senses.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';

const bob = canonicalUser(parseUri('sip:bob@example.com'), 'example.com');

test('overload: the oldest write counts, once enough of them wait to be a queue', async () => {
  let time = 0;
  const commits = new CommitWait(() => time);
  const store = openMemoryStore();
  const { promise, resolve } = Promise.withResolvers<void>();
  const registrations = { ...store.registrations, save: () => promise };
  const timed = commits.timing({ ...store, registrations });
  const writes = [timed.registrations.save(bob, [])];
  time = 700;
  expect(commits.longest(time)).toBe(0);
  for (let more = 0; more < 100; more += 1) writes.push(timed.registrations.save(bob, []));
  time = 1000;
  expect(commits.longest(time)).toBe(1000);
  resolve();
  await Promise.all(writes);
  expect(commits.longest(time)).toBe(0);
});

test('overload: a write that fails does not wait for ever', async () => {
  const commits = new CommitWait(() => 0);
  const store = openMemoryStore();
  const registrations = { ...store.registrations, save: () => Promise.reject(new Error('no')) };
  const timed = commits.timing({ ...store, registrations });
  const writes = Array.from({ length: 100 }, () => timed.registrations.save(bob, []));
  await Promise.allSettled(writes);
  expect(commits.longest(1000)).toBe(0);
});

/** A queue whose probes come back when the test says. */
function probedQueue() {
  const queue = { time: 0, probes: [] as (() => void)[], rooms: [] as number[] };
  const probe = {
    probe: (arrived: () => void) => void queue.probes.push(arrived),
    narrow: (room: number) => void queue.rooms.push(room),
  };
  const wait = new QueueWait(probe, () => queue.time, 200);
  return { queue, wait };
}

test('overload: a probe tells how long it stood in the queue of the system', () => {
  const { queue, wait } = probedQueue();
  expect(wait.longest(0)).toBe(0);
  queue.time = 80;
  expect(wait.longest(80)).toBe(80);
  queue.probes[0]?.();
  expect(queue.probes).toHaveLength(1);
  expect(wait.longest(90)).toBe(80);
  expect(queue.probes).toHaveLength(2);
});

test('overload: a probe that is lost says that the queue is full, until another one comes back', () => {
  const { queue, wait } = probedQueue();
  wait.longest(0);
  expect(wait.longest(1050)).toBe(1050);
  expect(queue.probes).toHaveLength(2);
  queue.time = 1060;
  queue.probes[0]?.();
  expect(wait.longest(1070)).toBe(1050);
  queue.time = 1080;
  queue.probes[1]?.();
  expect(wait.longest(1090)).toBe(30);
  expect(queue.rooms).toEqual([]);
});

test('overload: a queue in which one waits too long is cut, and gets its room back when there is a rest', () => {
  const { queue, wait } = probedQueue();
  for (let turn = 0; turn < 7; turn += 1) {
    wait.longest(queue.time);
    queue.time += 300;
    queue.probes[turn]?.();
  }
  expect(queue.rooms).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]);
  wait.rest();
  expect(queue.rooms.at(-1)).toBe(1);
});

test('overload: a server with time to rest sends no probes', () => {
  let probes = 0;
  const transport = { probe: () => void (probes += 1), narrow: () => {} };
  // Only whether it can probe is looked at.
  const senses = Reflect.apply(loadSenses, undefined, [
    { commits: new CommitWait(() => 0), transports: [transport], target: 100 },
  ]);
  expect(senses.delay(0, 0.5)).toBe(0);
  expect(probes).toBe(0);
  senses.delay(50, 1);
  expect(probes).toBe(1);
});
