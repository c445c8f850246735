import { expect, test } from 'vitest';
import { aNewMessage, bob, start } from '../../participating-function/deferred/values.ts';
import { aBinding, aPull, aSettlement, anOwed, events, limits } from '../store-values.ts';
import { SqliteFolder } from './sqlite-folder.ts';

test('D-5: claims, owed notifications and what was told outlive the process', async () => {
  using folder = new SqliteFolder();
  const pull = aPull('p1', new Map([['m1', 'deliver']] as const));
  {
    await using store = await folder.open();
    for (const id of ['m1', 'm2', 'm3']) await store.queue.enqueue(aNewMessage(id), limits);
    await store.queue.claim(pull, start);
    await store.queue.settle('m2', aSettlement('deleted', start, anOwed('m2')));
    await store.notifications.record({ user: bob, target: 'sip:phone', upTo: 3, at: start, evidence: '200' });
    await store.registrations.save(bob, [aBinding('sip:phone@192.0.2.1')]);
  }
  await using store = await folder.open();
  const [claim] = await store.queue.openClaims();
  expect([claim?.pull, claim?.action, claim?.message.id, claim?.device]).toEqual([
    'p1',
    'deliver',
    'm1',
    pull.device,
  ]);
  expect((await store.queue.claim(pull, start)).kind).toBe('repeated');
  expect((await store.queue.waiting(bob)).map(({ id, claimed }) => [id, claimed])).toEqual([
    ['m1', true],
    ['m3', false],
  ]);
  expect((await store.outbox.due(start, 10)).map(({ notification }) => notification)).toEqual([anOwed('m2')]);
  expect(await store.notifications.told(bob, 'sip:phone')).toBe(3);
  expect(await store.registrations.load()).toEqual([aBinding('sip:phone@192.0.2.1')]);
  expect(await store.inspection.counts()).toEqual({ waiting: 2, claimed: 1, users: 1, owed: 1 });
  expect(events(await store.inspection.story('m1'))).toEqual(['accepted', 'claimed', 'notified']);
});

test('a sequence is not used again after everything was forgotten', async () => {
  using folder = new SqliteFolder();
  {
    await using store = await folder.open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('deleted', start));
    await store.deliveries.forget(start + 1, 10);
  }
  await using store = await folder.open();
  expect(await store.queue.enqueue(aNewMessage('m2'), limits)).toEqual({ kind: 'stored', sequence: 2 });
});

test('what was called before the end is committed, what is called after it is refused', async () => {
  using folder = new SqliteFolder();
  const store = await folder.open();
  const pending = Array.from({ length: 50 }, (_, index) =>
    store.queue.enqueue(aNewMessage(`m${index}`), limits),
  );
  await store[Symbol.asyncDispose]();
  expect((await Promise.all(pending)).every(({ kind }) => kind === 'stored')).toBe(true);
  await expect(store.queue.waiting(bob)).rejects.toThrow('the store is closed');
  await store[Symbol.asyncDispose]();
});
