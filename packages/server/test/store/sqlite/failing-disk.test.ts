import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import type { Store } from '../../../src/participating-function/ports.ts';
import { aNewMessage, bob, start } from '../../participating-function/deferred/values.ts';
import { aSettlement, events, limits } from '../store-values.ts';
import { SqliteFolder } from './sqlite-folder.ts';

const large = { content: { headers: [], body: new Uint8Array(20_000) } };

async function fill(store: Store): Promise<readonly string[]> {
  const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
  const results = await Promise.allSettled(
    ids.map((id) => store.queue.enqueue(aNewMessage(id, large), limits)),
  );
  return ids.filter((_, index) => results[index]?.status === 'fulfilled');
}

test('D-22: on a full disk what does not fit is refused, what was accepted is there', async () => {
  using folder = new SqliteFolder();
  await using store = await folder.open({ maxPages: 120 });
  const accepted = await fill(store);
  expect(accepted.length).toBeGreaterThan(5);
  expect(accepted.length).toBeLessThan(40);
  const waiting = await store.queue.waiting(bob);
  expect(waiting.map(({ id }) => id)).toEqual(accepted);
  expect((await store.inspection.counts()).waiting).toBe(accepted.length);
  for (const id of accepted) expect(await store.queue.contents([id])).toEqual([large.content]);
  expect(await store.inspection.find('m39')).toBeUndefined();
});

test('D-22: when the disk has room again the store takes messages again, without a restart', async () => {
  using folder = new SqliteFolder();
  await using store = await folder.open({ maxPages: 120 });
  const [first, second] = await fill(store);
  const more = aNewMessage('more', large);
  await expect(store.queue.enqueue(more, limits)).rejects.toThrow(StoreUnavailable);
  await expect(store.queue.enqueue(more, limits)).rejects.toThrow(/database or disk is full/);
  for (const id of [first, second]) await store.queue.settle(id ?? '', aSettlement('deleted'));
  expect((await store.queue.enqueue(more, limits)).kind).toBe('stored');
  expect(events(await store.inspection.story('more'))).toEqual(['accepted']);
});

test('D-22: while another process holds the database nothing can be begun; afterwards it can', async () => {
  using folder = new SqliteFolder();
  await using store = await folder.open({ busyMilliseconds: 20 });
  await store.queue.enqueue(aNewMessage('m1'), limits);
  {
    using other = new DatabaseSync(join(folder.directory, 'restante.db'));
    other.exec('BEGIN IMMEDIATE');
    const attempts = ['m2', 'm3', 'm4'].map((id) => store.queue.enqueue(aNewMessage(id), limits));
    const read = store.queue.waiting(bob);
    const results = await Promise.allSettled(attempts);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await read).map(({ id }) => id)).toEqual(['m1']);
    other.exec('ROLLBACK');
  }
  expect((await store.queue.enqueue(aNewMessage('m2'), limits)).kind).toBe('stored');
  expect((await store.inspection.counts()).waiting).toBe(2);
});

test('one operation that fails takes no other of its group with it', async () => {
  using folder = new SqliteFolder();
  await using store = await folder.open();
  const twin = aNewMessage('m1', { identity: 'another message under an id that is taken' });
  const results = await Promise.allSettled([
    store.queue.enqueue(aNewMessage('m0'), limits),
    store.queue.enqueue(aNewMessage('m1'), limits),
    store.queue.enqueue(twin, limits),
    store.queue.enqueue(aNewMessage('m2'), limits),
    store.queue.settle('m0', aSettlement('deleted', start)),
    store.queue.waiting(bob),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect((await store.queue.waiting(bob)).map(({ id }) => id)).toEqual(['m1', 'm2']);
  expect(await store.inspection.counts()).toEqual({ waiting: 2, claimed: 0, users: 1, owed: 0 });
});
