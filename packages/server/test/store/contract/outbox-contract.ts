import { expect, test } from 'vitest';
import type { Store } from '../../../src/participating-function/ports.ts';
import { aNewMessage, alice, start } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aSettlement, anOwed, limits } from '../store-values.ts';

const dave = 'sip:dave@example.com';

async function owe(store: Store, id: string, at: number, sender: string = alice): Promise<void> {
  await store.queue.enqueue(aNewMessage(id), limits);
  await store.queue.settle(id, aSettlement('deleted', at, anOwed(id, { sender })));
}

async function due(store: Store, now: number, limit = 10): Promise<readonly string[]> {
  return (await store.outbox.due(now, limit)).map(({ notification }) => notification.imdnMessageId);
}

export function outboxContract(name: string, open: OpenStore): void {
  test(`${name}: PF-12: what is owed is kept with the end of the message`, async () => {
    await using store = await open();
    expect(await store.outbox.nextDue()).toBeUndefined();
    const owed = anOwed('m1', { conversationId: 'c1', contributionId: 'd1' });
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('deleted', start + 5, owed));
    const [row] = await store.outbox.due(start + 5, 10);
    expect(row).toMatchObject({ notification: owed, attempts: 0, owedSince: start + 5 });
    expect(await store.outbox.due(start + 4, 10)).toEqual([]);
    expect(await store.outbox.nextDue()).toBe(start + 5);
    expect((await store.inspection.counts()).owed).toBe(1);
  });

  test(`${name}: PF-21: a message that was settled before owes nothing more`, async () => {
    await using store = await open();
    await owe(store, 'm1', start);
    expect(await store.queue.settle('m1', aSettlement('expired', start, anOwed('m1')))).toBe(false);
    expect(await due(store, start + 1)).toEqual(['report-m1']);
  });

  test(`${name}: rows come oldest first, leave when sent or given up, and once`, async () => {
    await using store = await open();
    await owe(store, 'm2', start + 2);
    await owe(store, 'm1', start + 1);
    await owe(store, 'm3', start + 3);
    expect(await due(store, start + 3)).toEqual(['report-m1', 'report-m2', 'report-m3']);
    const [first, second] = await store.outbox.due(start + 3, 2);
    await store.outbox.sent(first?.id ?? 0, start + 4, '200 OK');
    await store.outbox.sent(first?.id ?? 0, start + 4, '200 OK');
    await store.outbox.abandon(second?.id ?? 0, start + 4, '404 Not Found');
    expect(await due(store, start + 9)).toEqual(['report-m3']);
    expect((await store.inspection.counts()).owed).toBe(1);
  });

  test(`${name}: a postponed row counts its attempt and comes when its time has come`, async () => {
    await using store = await open();
    await owe(store, 'm1', start);
    const [row] = await store.outbox.due(start, 1);
    await store.outbox.postpone(row?.id ?? 0, start + 1, start + 60, '408 Request Timeout');
    expect(await due(store, start + 59)).toEqual([]);
    expect(await store.outbox.nextDue()).toBe(start + 60);
    expect(await store.outbox.due(start + 60, 1)).toEqual([{ ...row, attempts: 1 }]);
  });

  test(`${name}: a sender who registers gets what is owed now`, async () => {
    await using store = await open();
    for (const [id, sender] of [
      ['m1', alice],
      ['m2', dave],
      ['m3', dave],
    ] as const) {
      await owe(store, id, start, sender);
    }
    for (const { id } of await store.outbox.due(start, 10)) {
      await store.outbox.postpone(id, start + 1, start + 60, '480 Temporarily Unavailable');
    }
    expect(await store.outbox.hasten(dave, start + 10)).toBe(2);
    expect(await store.outbox.hasten(dave, start + 10)).toBe(0);
    expect(await due(store, start + 10)).toEqual(['report-m2', 'report-m3']);
  });
}
