import { expect, test } from 'vitest';
import { aMessage, aNewMessage, bob, start, userAt } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aPull, aSettlement, limits } from '../store-values.ts';

const carol = userAt('sip:carol@example.com');

export function queueContract(name: string, open: OpenStore): void {
  test(`${name}: PF-1: what is stored comes back as it was, content apart`, async () => {
    await using store = await open();
    const message = aNewMessage('m1', {
      subject: 'Grüße 🐟',
      conversationId: 'c1',
      acceptContacts: ['*;x', '*;y'],
    });
    const result = await store.queue.enqueue(message, limits);
    expect(result.kind).toBe('stored');
    const { content, ...description } = message;
    const waiting = await store.queue.waiting(bob);
    const sequence = result.kind === 'stored' ? result.sequence : 0;
    expect(waiting).toEqual([{ ...description, sequence, attempts: 0, claimed: false, warned: false }]);
    expect(await store.queue.contents(['m1'])).toEqual([{ headers: content.headers, body: content.body }]);
  });

  test(`${name}: D-19: every octet of a body is kept, of an empty and of a large one`, async () => {
    await using store = await open();
    const every = Uint8Array.from({ length: 256 }, (_, octet) => octet);
    const large = new Uint8Array(300_000).fill(171);
    const slab = new Uint8Array(1000).fill(7);
    const bodies = [every, new Uint8Array(), large, slab.subarray(100, 110)];
    await Promise.all(
      bodies.map((body, index) =>
        store.queue.enqueue(aNewMessage(`m${index}`, { content: { headers: [], body } }), limits),
      ),
    );
    const contents = await store.queue.contents(bodies.map((_, index) => `m${index}`));
    expect(contents.map((content) => content?.body)).toEqual(bodies);
    expect(slab).toEqual(new Uint8Array(1000).fill(7));
  });

  test(`${name}: D-11: contents come in the order that was asked for, undefined where there is none`, async () => {
    await using store = await open();
    for (const id of ['m1', 'm2', 'm3']) await store.queue.enqueue(aNewMessage(id), limits);
    const asked = ['m3', 'unknown', 'm1', 'm3'];
    const contents = await store.queue.contents(asked);
    expect(contents).toEqual(asked.map((id) => (id === 'unknown' ? undefined : aNewMessage(id).content)));
    expect(await store.queue.contents([])).toEqual([]);
  });

  test(`${name}: D-6: the same message again is stored once`, async () => {
    await using store = await open();
    const copies = ['m1', 'm2', 'm3'].map((id) => aNewMessage(id, { identity: 'alice 1' }));
    const results = await Promise.all(copies.map((copy) => store.queue.enqueue(copy, limits)));
    expect(results.map(({ kind }) => kind)).toEqual(['stored', 'already-waiting', 'already-waiting']);
    expect(results[1]).toEqual({ kind: 'already-waiting', id: 'm1' });
    expect((await store.queue.waiting(bob)).map(({ id }) => id)).toEqual(['m1']);
  });

  test(`${name}: D-6: the same message for another user is another message`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1', { identity: 'alice 1' }), limits);
    const other = await store.queue.enqueue(aNewMessage('m2', { identity: 'alice 1', user: carol }), limits);
    expect(other.kind).toBe('stored');
    expect((await store.queue.waiting(carol)).map(({ id }) => id)).toEqual(['m2']);
  });

  test(`${name}: D-6: a settled message is not stored again`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('delivered'));
    const again = await store.queue.enqueue(aNewMessage('m1'), limits);
    expect(again).toEqual({ kind: 'already-settled', outcome: 'delivered' });
    expect(await store.queue.waiting(bob)).toEqual([]);
  });

  test(`${name}: a user's queue has a limit, for that user only`, async () => {
    await using store = await open();
    const enqueue = (id: string, user = bob) =>
      store.queue.enqueue(aNewMessage(id, { user }), { perUser: 2 });
    const kinds = [];
    for (const id of ['m1', 'm2', 'm3']) kinds.push((await enqueue(id)).kind);
    kinds.push((await enqueue('m1')).kind, (await enqueue('m4', carol)).kind);
    expect(kinds).toEqual(['stored', 'stored', 'queue-full', 'already-waiting', 'stored']);
    await store.queue.settle('m1', aSettlement('deleted'));
    expect((await enqueue('m5')).kind).toBe('stored');
  });

  test(`${name}: sequences grow in the order of arrival and are not used twice`, async () => {
    await using store = await open();
    const first = await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('deleted'));
    await store.deliveries.forget(start + 1, 10);
    const [second, third] = await Promise.all(
      ['m2', 'm3'].map((id) => store.queue.enqueue(aNewMessage(id), limits)),
    );
    const sequences = [first, second, third].map((result) =>
      result?.kind === 'stored' ? result.sequence : 0,
    );
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(new Set(sequences).size).toBe(3);
  });

  test(`${name}: settling happens once, and once only when two meet`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    const both = [
      store.queue.settle('m1', aSettlement('delivered')),
      store.deadlines.settleUnclaimed('m1', aSettlement('expired')),
    ];
    expect(await Promise.all(both)).toEqual([true, false]);
    expect(await store.queue.settle('unknown', aSettlement('deleted'))).toBe(false);
    expect(await store.queue.waiting(bob)).toEqual([]);
    expect(await store.queue.contents(['m1'])).toEqual([undefined]);
    expect(await store.inspection.find('m1')).toBeUndefined();
  });

  test(`${name}: people list the queue page by page, of all users or of one`, async () => {
    await using store = await open();
    for (const [id, user] of [
      ['m1', bob],
      ['m2', carol],
      ['m3', bob],
    ] as const) {
      await store.queue.enqueue(aNewMessage(id, { user }), limits);
    }
    const [one, two] = await store.inspection.list({ limit: 2 });
    expect([one?.id, two?.id]).toEqual(['m1', 'm2']);
    const rest = await store.inspection.list({ limit: 2, after: two?.sequence ?? 0 });
    expect(rest.map(({ id }) => id)).toEqual(['m3']);
    const bobs = await store.inspection.list({ limit: 5, user: bob, after: one?.sequence ?? 0 });
    expect(bobs.map(({ id }) => id)).toEqual(['m3']);
    expect(await store.inspection.find('m2')).toEqual({
      ...aMessage('m2', { user: carol }),
      sequence: two?.sequence,
    });
  });

  test(`${name}: the counts follow what happens`, async () => {
    await using store = await open();
    const counts = () => store.inspection.counts();
    for (const id of ['m1', 'm2']) await store.queue.enqueue(aNewMessage(id), limits);
    await store.queue.enqueue(aNewMessage('m3', { user: carol }), limits);
    expect(await counts()).toEqual({ waiting: 3, claimed: 0, users: 2, owed: 0 });
    await store.queue.claim(aPull('p1', 'deliver-all'), start);
    expect(await counts()).toEqual({ waiting: 3, claimed: 2, users: 2, owed: 0 });
    await store.queue.settle('m1', aSettlement('delivered'));
    await store.queue.settle('m2', aSettlement('delivered'));
    expect(await counts()).toEqual({ waiting: 1, claimed: 0, users: 1, owed: 0 });
  });
}
