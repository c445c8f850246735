import { expect, test } from 'vitest';
import { aMessage, aNewMessage, alice, bob, start } from '../../participating-function/deferred/values.ts';
import type { OpenStore } from '../store-contract.ts';
import { aPull, aSettlement, anOwed, events, limits } from '../store-values.ts';

export function ledgerContract(name: string, open: OpenStore): void {
  test(`${name}: the story of a message tells every change, also after it is gone`, async () => {
    await using store = await open();
    const target = 'sip:phone@192.0.2.15';
    const { queue, notifications, deadlines, outbox, inspection } = store;
    await queue.enqueue(aNewMessage('m1'), limits);
    await notifications.record({ user: bob, target, upTo: undefined, at: start + 1, evidence: 'no answer' });
    await notifications.record({ user: bob, target, upTo: 1, at: start + 2, evidence: '200 OK' });
    await queue.claim(aPull('p1', 'deliver-all'), start + 3);
    await queue.release('m1', start + 4, '486 Busy Here', true);
    await deadlines.markWarned(['m1'], start + 5);
    await queue.claim(aPull('p2', new Map([['m1', 'delete']] as const)), start + 6);
    await queue.settle('m1', aSettlement('deleted', start + 7, anOwed('m1')));
    const [row] = await outbox.due(start + 8, 1);
    await outbox.postpone(row?.id ?? 0, start + 8, start + 9, '408 Request Timeout');
    await outbox.sent(row?.id ?? 0, start + 9, '200 OK');
    const until = new Date(start + 7 * 24 * 3_600_000).toISOString();
    expect(
      (await inspection.story('m1')).map(({ at, event, detail }) => [at - start, event, detail]),
    ).toEqual([
      [0, 'accepted', `14 octets from ${alice}, kept until ${until}`],
      [1, 'notification failed', `${target}: no answer`],
      [2, 'notified', `${target}: 200 OK`],
      [3, 'claimed', 'to deliver, asked for by sip:phone@192.0.2.15:5060'],
      [4, 'released', 'the attempt failed: 486 Busy Here'],
      [5, 'warned', 'expiry is near; clients that are registered are told'],
      [6, 'claimed', 'to delete, asked for by sip:phone@192.0.2.15:5060'],
      [7, 'deleted', 'evidence of deleted'],
      [7, 'disposition owed', `"failed" to ${alice}`],
      [8, 'disposition postponed', `until ${new Date(start + 9).toISOString()}: 408 Request Timeout`],
      [9, 'disposition sent', `to ${alice}: 200 OK`],
    ]);
  });

  test(`${name}: ended messages can be found by their IDs, the last one first`, async () => {
    await using store = await open();
    for (const id of ['m1', 'm2', 'm3']) await store.queue.enqueue(aNewMessage(id), limits);
    await store.queue.settle('m2', { outcome: 'deleted', at: start + 1, evidence: 'asked for' });
    await store.queue.settle('m1', { outcome: 'deleted', at: start + 2, evidence: 'asked for' });
    expect(await store.inspection.ended(10)).toEqual(['m1', 'm2']);
    expect(await store.inspection.ended(1)).toEqual(['m1']);
  });

  test(`${name}: the story holds the notifications of its time only, and names its message`, async () => {
    await using store = await open();
    const notify = (at: number) =>
      store.notifications.record({ user: bob, target: 'sip:phone', upTo: 1, at, evidence: '200 OK' });
    await notify(start - 1);
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await notify(start + 1);
    await store.queue.settle('m1', aSettlement('deleted', start + 2));
    await notify(start + 3);
    const story = await store.inspection.story('m1');
    expect(events(story)).toEqual(['accepted', 'notified', 'deleted']);
    expect(story.map(({ message }) => message)).toEqual(['m1', undefined, 'm1']);
    expect(story.every(({ user }) => user === bob)).toBe(true);
    expect(await store.inspection.story('unknown')).toEqual([]);
  });

  test(`${name}: a message delivered at once has a story too`, async () => {
    await using store = await open();
    await store.deliveries.delivered(aMessage('m1'), start + 1, '200 OK from sip:phone');
    const story = await store.inspection.story('m1');
    expect(story.map(({ event, detail }) => [event, detail])).toEqual([
      ['received', `14 octets from ${alice}, for delivery at once`],
      ['delivered', '200 OK from sip:phone'],
    ]);
  });

  test(`${name}: a disposition notification that is given up is told`, async () => {
    await using store = await open();
    await store.queue.enqueue(aNewMessage('m1'), limits);
    await store.queue.settle('m1', aSettlement('expired', start, anOwed('m1')));
    const [row] = await store.outbox.due(start, 1);
    await store.outbox.abandon(row?.id ?? 0, start + 1, '404 Not Found');
    expect(events(await store.inspection.story('m1')).at(-1)).toBe('disposition abandoned');
  });
}
