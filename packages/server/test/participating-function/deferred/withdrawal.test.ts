import { expect, test } from 'vitest';
import { withdraw } from '../../../src/participating-function/deferred/withdrawal.ts';
import { openMemoryStore } from '../../../src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../../test/support/sequence-random.ts';
import { aNewMessage, bob, start } from './values.ts';

test('PF-21: a message taken out by hand: its sender is told, its story says who did it', async () => {
  await using store = openMemoryStore();
  const parts = { ...store, clock: new HandWoundClock(start), random: new SequenceRandom() };
  await store.queue.enqueue(aNewMessage('m1'), { perUser: 10 });
  expect(await withdraw('m1', 'operator', parts)).toBe('withdrawn');
  expect(await store.queue.waiting(bob)).toEqual([]);
  const [row] = await store.outbox.due(start, 10);
  expect(row?.notification).toMatchObject({ status: 'failed', about: { messageId: 'imdn-m1' } });
  expect((await store.inspection.story('m1')).map(({ detail }) => detail)).toContain('withdrawn by operator');
  expect(await withdraw('m1', 'operator', parts)).toBe('unknown');
});

test('D-4: a message that a pull holds is left alone', async () => {
  await using store = openMemoryStore();
  const parts = { ...store, clock: new HandWoundClock(start), random: new SequenceRandom() };
  await store.queue.enqueue(aNewMessage('m1'), { perUser: 10 });
  const device = { contact: 'sip:bob@192.0.2.9' };
  await store.queue.claim({ key: 'p', user: bob, actions: 'deliver-all', device }, start);
  expect(await withdraw('m1', 'operator', parts)).toBe('claimed');
  expect((await store.queue.waiting(bob)).length).toBe(1);
});
