import { expect, test } from 'vitest';
import type { Store, ClaimResult } from '../../../src/participating-function/ports.ts';
import { aNewMessage, bob, start, userAt } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aPull, aSettlement, limits } from '../store-values.ts';

const carol = userAt('sip:carol@example.com');

async function enqueueAll(store: Store, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.queue.enqueue(aNewMessage(id), limits);
}

function taken(result: ClaimResult): readonly (readonly [string, string])[] | string {
  if (result.kind !== 'claimed') return result.kind;
  return result.claims.map(({ action, message }) => [action, message.id] as const);
}

export function claimContract(name: string, open: OpenStore): void {
  test(`${name}: 8.3.1.6.3 step 7: delete, interwork, store, deliver, oldest first in each`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1', 'm2', 'm3', 'm4', 'm5', 'm6');
    const actions = new Map([
      ['m6', 'deliver'],
      ['m1', 'deliver'],
      ['m2', 'store'],
      ['m5', 'delete'],
      ['m3', 'interwork'],
      ['m4', 'delete'],
      ['unknown', 'delete'],
    ] as const);
    expect(taken(await store.queue.claim(aPull('p1', actions), start))).toEqual([
      ['delete', 'm4'],
      ['delete', 'm5'],
      ['interwork', 'm3'],
      ['store', 'm2'],
      ['deliver', 'm1'],
      ['deliver', 'm6'],
    ]);
  });

  test(`${name}: D-7: without a list everything that waits now is delivered, oldest first`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm2', 'm1');
    const device = { contact: 'sip:phone', gruu: 'sip:bob@example.com;gr=1' };
    const result = await store.queue.claim(aPull('p1', 'deliver-all', { device }), start);
    expect(taken(result)).toEqual([
      ['deliver', 'm2'],
      ['deliver', 'm1'],
    ]);
    const [claim] = result.kind === 'claimed' ? result.claims : [];
    expect(claim).toMatchObject({ pull: 'p1', device, message: { id: 'm2', claimed: true } });
    await enqueueAll(store, 'm3');
    expect((await store.queue.waiting(bob)).map(({ claimed }) => claimed)).toEqual([true, true, false]);
  });

  test(`${name}: PF-18: of two overlapping pulls each message has one`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1', 'm2');
    const first = aPull('p1', new Map([['m1', 'delete']] as const));
    const results = await Promise.all([
      store.queue.claim(first, start),
      store.queue.claim(aPull('p2', 'deliver-all'), start),
      store.queue.claim(aPull('p3', 'deliver-all'), start),
    ]);
    expect(results.map(taken)).toEqual([[['delete', 'm1']], [['deliver', 'm2']], 'nothing']);
  });

  test(`${name}: D-1: nothing is claimed for an unknown message or another user's`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1');
    const named = new Map([['m1', 'delete']] as const);
    expect(taken(await store.queue.claim(aPull('p1', named, { user: carol }), start))).toBe('nothing');
    expect(taken(await store.queue.claim(aPull('p2', 'deliver-all', { user: carol }), start))).toBe(
      'nothing',
    );
    expect(taken(await store.queue.claim(aPull('p3', new Map([['no', 'delete']] as const)), start))).toBe(
      'nothing',
    );
    expect(taken(await store.queue.claim(aPull('p4', new Map()), start))).toBe('nothing');
    expect(await store.queue.openClaims()).toEqual([]);
  });

  test(`${name}: D-6: a pull that was answered is known again, also after its claims have ended`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1');
    const pull = aPull('p1', 'deliver-all');
    expect((await store.queue.claim(pull, start)).kind).toBe('claimed');
    expect((await store.queue.claim(pull, start)).kind).toBe('repeated');
    await store.queue.settle('m1', aSettlement('delivered'));
    await enqueueAll(store, 'm2');
    expect((await store.queue.claim(pull, start + 5)).kind).toBe('repeated');
  });

  test(`${name}: a pull that found nothing is decided anew`, async () => {
    await using store = await open();
    const pull = aPull('p1', 'deliver-all');
    expect((await store.queue.claim(pull, start)).kind).toBe('nothing');
    await enqueueAll(store, 'm1');
    expect(taken(await store.queue.claim(pull, start))).toEqual([['deliver', 'm1']]);
  });

  test(`${name}: D-9: a released message waits again as it was, its failed attempts counted`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1');
    const [before] = await store.queue.waiting(bob);
    await store.queue.claim(aPull('p1', 'deliver-all'), start);
    await store.queue.release('m1', start, '486 Busy Here', true);
    await store.queue.release('m1', start, 'a second time', true);
    await store.queue.release('unknown', start, 'gone', true);
    expect(await store.queue.waiting(bob)).toEqual([{ ...before, attempts: 1 }]);
    await store.queue.claim(aPull('p2', 'deliver-all'), start);
    await store.queue.release('m1', start, 'the server stopped', false);
    expect(await store.queue.waiting(bob)).toEqual([{ ...before, attempts: 1 }]);
  });

  test(`${name}: D-5: open claims come back pull by pull, without what has ended`, async () => {
    await using store = await open();
    await enqueueAll(store, 'm1', 'm2', 'm3', 'm4');
    const first = new Map([
      ['m2', 'deliver'],
      ['m3', 'delete'],
      ['m4', 'store'],
    ] as const);
    await store.queue.claim(aPull('p1', first), start);
    await store.queue.claim(aPull('p2', 'deliver-all'), start);
    await store.queue.settle('m4', aSettlement('deleted'));
    const open1 = await store.queue.openClaims();
    expect(open1.map(({ pull, action, message }) => [pull, action, message.id])).toEqual([
      ['p1', 'delete', 'm3'],
      ['p1', 'deliver', 'm2'],
      ['p2', 'deliver', 'm1'],
    ]);
  });
}
