import { expect, test } from 'vitest';
import { aMessage, aNewMessage, bob, start, userAt } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aPull, aSettlement, anOwed, events, limits } from '../store-values.ts';

const carol = userAt('sip:carol@example.com');

export function deliveryContract(name: string, open: OpenStore): void {
  test(`${name}: D-6: what was delivered at once is known, for its user`, async () => {
    await using store = await open();
    const { identity } = aMessage('m1');
    expect(await store.deliveries.seen(bob, identity)).toBeUndefined();
    await store.deliveries.delivered(aMessage('m1'), start, '200 OK');
    expect(await store.deliveries.seen(bob, identity)).toBe('settled');
    expect(await store.deliveries.seen(carol, identity)).toBeUndefined();
    const again = await store.queue.enqueue(aNewMessage('m1b', { identity }), limits);
    expect(again).toEqual({ kind: 'already-settled', outcome: 'delivered' });
  });

  test(`${name}: D-6: what waits is known as waiting, then as settled`, async () => {
    await using store = await open();
    const message = aNewMessage('m1');
    await store.queue.enqueue(message, limits);
    expect(await store.deliveries.seen(bob, message.identity)).toBe('waiting');
    await store.queue.settle('m1', aSettlement('delivered-late'));
    expect(await store.deliveries.seen(bob, message.identity)).toBe('settled');
  });

  test(`${name}: what ended before the horizon is forgotten in bites, the oldest first`, async () => {
    await using store = await open();
    for (const [index, id] of ['m1', 'm2', 'm3', 'm4'].entries()) {
      await store.queue.enqueue(aNewMessage(id), limits);
      if (id !== 'm4') await store.queue.settle(id, aSettlement('deleted', start + index));
    }
    expect(await store.deliveries.forget(start + 2, 1)).toBe(1);
    expect(await store.inspection.story('m1')).toEqual([]);
    expect(await store.deliveries.seen(bob, aMessage('m1').identity)).toBeUndefined();
    expect(await store.deliveries.forget(start + 2, 10)).toBe(1);
    expect(await store.deliveries.forget(start + 2, 10)).toBe(0);
    expect(events(await store.inspection.story('m3'))).toEqual(['accepted', 'deleted']);
    expect(events(await store.inspection.story('m4'))).toEqual(['accepted']);
  });

  test(`${name}: what is still owed for a message keeps its story`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('deleted', start, anOwed('m1')));
    expect(await store.deliveries.forget(start + 9, 10)).toBe(0);
    const [row] = await store.outbox.due(start, 1);
    await store.outbox.sent(row?.id ?? 0, start + 1, '200 OK');
    expect(await store.deliveries.forget(start + 9, 10)).toBe(1);
  });

  test(`${name}: pulls are forgotten with time, but none that holds a message`, async () => {
    await using store = await open();
    for (const id of ['m1', 'm2']) await store.queue.enqueue(aNewMessage(id), limits);
    const [done, holding] = ['m1', 'm2'].map((id) =>
      aPull(`pull ${id}`, new Map([[id, 'deliver']] as const)),
    );
    if (done === undefined || holding === undefined) throw new Error('two pulls');
    await store.queue.claim(done, start);
    await store.queue.claim(holding, start);
    await store.queue.settle('m1', aSettlement('delivered', start));
    await store.deliveries.forget(start + 1, 10);
    expect((await store.queue.claim(done, start + 2)).kind).toBe('nothing');
    expect((await store.queue.claim(holding, start + 2)).kind).toBe('repeated');
    expect((await store.queue.openClaims()).map(({ pull }) => pull)).toEqual(['pull m2']);
  });

  test(`${name}: what a client was told of is kept while anything waits`, async () => {
    await using store = await open();
    for (const id of ['m1', 'm2']) await store.queue.enqueue(aNewMessage(id), limits);
    const target = 'sip:phone';
    await store.notifications.record({ user: bob, target, upTo: 2, at: start, evidence: '200 OK' });
    await store.queue.settle('m1', aSettlement('deleted', start));
    await store.deliveries.forget(start + 1, 10);
    expect(await store.notifications.told(bob, target)).toBe(2);
    await store.queue.settle('m2', aSettlement('deleted', start));
    await store.deliveries.forget(start + 1, 10);
    expect(await store.notifications.told(bob, target)).toBe(0);
  });
}
