import { expect, test } from 'vitest';
import type { Store } from '../../../src/participating-function/ports.ts';
import type { DeferredMessage } from '../../../src/participating-function/deferred/deferred-message.ts';
import { aNewMessage, start } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aPull, aSettlement, limits } from '../store-values.ts';

async function enqueueUntil(store: Store, ...times: readonly number[]): Promise<void> {
  for (const [index, time] of times.entries()) {
    await store.queue.enqueue(aNewMessage(`m${index + 1}`, { expiresAt: start + time }), limits);
  }
}
const one = (id: string) => new Map([[id, 'deliver']] as const);
const ids = (messages: readonly DeferredMessage[]) => messages.map(({ id }) => id);

export function deadlineContract(name: string, open: OpenStore): void {
  test(`${name}: PF-19: what is over is found, the most overdue first, in bites`, async () => {
    await using store = await open();
    await enqueueUntil(store, 30, 10, 40, 20);
    await store.deadlines.markWarned(['m2', 'm1'], start);
    expect(ids(await store.deadlines.expired(start + 30, 10))).toEqual(['m2', 'm4', 'm1']);
    expect(ids(await store.deadlines.expired(start + 30, 2))).toEqual(['m2', 'm4']);
    expect(ids(await store.deadlines.expired(start + 9, 2))).toEqual([]);
  });

  test(`${name}: D-16: the warning is due once, for what expires in the time given`, async () => {
    await using store = await open();
    await enqueueUntil(store, 30, 10, 40, 20);
    expect(ids(await store.deadlines.expiring(start + 20, start + 40, 10))).toEqual(['m4', 'm1', 'm3']);
    await store.deadlines.markWarned(['m4', 'unknown'], start + 15);
    expect(ids(await store.deadlines.expiring(start + 20, start + 40, 1))).toEqual(['m1']);
    const [warned] = await store.inspection.list({ limit: 1, after: 3 });
    expect(warned).toMatchObject({ id: 'm4', warned: true });
  });

  test(`${name}: D-16: a claimed message neither expires nor is warned of`, async () => {
    await using store = await open();
    await enqueueUntil(store, 10, 20);
    await store.queue.claim(aPull('p1', new Map([['m1', 'deliver']] as const)), start);
    expect(ids(await store.deadlines.expired(start + 50, 10))).toEqual(['m2']);
    expect(ids(await store.deadlines.expiring(start, start + 50, 10))).toEqual(['m2']);
    expect(await store.deadlines.next()).toEqual({ expiry: start + 20, unwarnedExpiry: start + 20 });
    expect(await store.deadlines.settleUnclaimed('m1', aSettlement('expired'))).toBe(false);
    await store.queue.release('m1', start, 'no answer', true);
    expect(await store.deadlines.settleUnclaimed('m1', aSettlement('expired'))).toBe(true);
    expect(await store.deadlines.settleUnclaimed('m1', aSettlement('expired'))).toBe(false);
  });

  test(`${name}: a pull and the expiry sweep meet: one of them has the message`, async () => {
    await using store = await open();
    await enqueueUntil(store, 10, 10);
    const [claimed, expired, expiredFirst, late] = await Promise.all([
      store.queue.claim(aPull('p1', one('m1')), start),
      store.deadlines.settleUnclaimed('m1', aSettlement('expired')),
      store.deadlines.settleUnclaimed('m2', aSettlement('expired')),
      store.queue.claim(aPull('p2', one('m2')), start),
    ]);
    expect([claimed.kind, expired, expiredFirst, late.kind]).toEqual(['claimed', false, true, 'nothing']);
  });

  test(`${name}: the next deadlines are known, of the warned and of the unwarned`, async () => {
    await using store = await open();
    expect(await store.deadlines.next()).toEqual({ expiry: undefined, unwarnedExpiry: undefined });
    await enqueueUntil(store, 30, 10);
    expect(await store.deadlines.next()).toEqual({ expiry: start + 10, unwarnedExpiry: start + 10 });
    await store.deadlines.markWarned(['m2'], start);
    expect(await store.deadlines.next()).toEqual({ expiry: start + 10, unwarnedExpiry: start + 30 });
    await store.deadlines.markWarned(['m1'], start);
    expect(await store.deadlines.next()).toEqual({ expiry: start + 10, unwarnedExpiry: undefined });
  });
}
