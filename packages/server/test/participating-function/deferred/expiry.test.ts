import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExpirySweep } from '../../../src/participating-function/deferred/expiry.ts';
import type { Deadlines, Store } from '../../../src/participating-function/ports.ts';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import { openMemoryStore } from '../../../src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../../test/support/sequence-random.ts';
import { aNewMessage, bob, hour, RememberedLog, requestedDispositions, settings, start } from './values.ts';

const limits = { perUser: 1000 };
const hourSeconds = 3600;

let clock: HandWoundClock;
let store: Store;
let log: RememberedLog;
let sweep: ExpirySweep;
let woken: string[];
let owedWakes: number;

function aSweep({
  warningSeconds = hourSeconds,
  deadlines = store.deadlines,
}: { warningSeconds?: number; deadlines?: Deadlines } = {}) {
  return new ExpirySweep({
    deadlines,
    deliveries: store.deliveries,
    notifier: { wake: (user, { kind }) => void woken.push(`${user} ${kind}`) },
    dispositions: { wake: () => void (owedWakes += 1) },
    settings: { ...settings, deferral: { maximumSeconds: 86_400, warningSeconds } },
    clock,
    random: new SequenceRandom(),
    log,
  });
}

beforeEach(() => {
  clock = new HandWoundClock(start);
  store = openMemoryStore();
  log = new RememberedLog();
  woken = [];
  owedWakes = 0;
  sweep = aSweep();
});

afterEach(async () => {
  await sweep.close();
  await store[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

async function waits(id: string, expiresAt: number): Promise<void> {
  await store.queue.enqueue(aNewMessage(id, { identity: id, acceptedAt: clock.now(), expiresAt }), limits);
  sweep.expect(expiresAt);
}

const left = async () => (await store.queue.waiting(bob)).map(({ id }) => id);

describe('at expiry', () => {
  test('PF-19: a message ends at its time, with a negative notification owed and a line in the ledger', async () => {
    await waits('m1', start + 2 * hour);
    await clock.advance(2 * hour - 1);
    expect(await left()).toEqual(['m1']);
    await clock.advance(1);
    expect(await left()).toEqual([]);
    const [row] = await store.outbox.due(clock.now(), 10);
    expect(row?.notification).toMatchObject({ status: 'failed', about: { messageId: 'imdn-m1' } });
    expect(owedWakes).toBe(1);
    expect((await store.inspection.story('m1')).map(({ event, detail }) => `${event}: ${detail}`)).toContain(
      'expired: nobody pulled it before 2026-03-01T11:00:00.000Z',
    );
    expect(log.lines.filter(({ sentence }) => sentence === 'messages expired')).toMatchObject([
      { facts: { expired: 1 } },
    ]);
  });

  test('PF-21: nothing is owed where the sender asked for nothing', async () => {
    const dispositions = requestedDispositions('m1', { wanted: ['positive-delivery'] });
    await store.queue.enqueue(aNewMessage('m1', { expiresAt: start + hour, dispositions }), limits);
    sweep.expect(start + hour);
    await clock.advance(hour);
    expect([await left(), await store.outbox.nextDue()]).toEqual([[], undefined]);
  });

  test('PF-19: an earlier deadline that comes later is kept', async () => {
    await waits('late', start + 20 * hour);
    await waits('early', start + 2 * hour);
    await clock.advance(3 * hour);
    expect(await left()).toEqual(['late']);
  });

  test('PF-19: what fell due while nobody looked ends at the start, in bites', async () => {
    for (let n = 0; n < 450; n += 1)
      await store.queue.enqueue(aNewMessage(`m${n}`, { identity: `${n}`, expiresAt: start + n }), limits);
    await clock.advance(hour);
    sweep.wake();
    await clock.advance(0);
    expect(await left()).toEqual([]);
  });

  test('D-16: a claimed message does not expire; given back, it does', async () => {
    await waits('m1', start + 2 * hour);
    const pull = {
      key: 'p1',
      user: bob,
      actions: 'deliver-all',
      device: { contact: 'sip:bob@192.0.2.9' },
    } as const;
    await store.queue.claim(pull, clock.now());
    await clock.advance(3 * hour);
    expect(await left()).toEqual(['m1']);
    await store.queue.release('m1', clock.now(), 'gone', true);
    sweep.expect(start + 2 * hour);
    await clock.advance(0);
    expect(await left()).toEqual([]);
  });

  test('D-22: a failing store is asked again until it has recorded the end', async () => {
    await sweep.close();
    let failures = 3;
    sweep = aSweep({
      deadlines: {
        ...store.deadlines,
        settleUnclaimed: async (id, settlement) => {
          failures -= 1;
          if (failures >= 0) throw new StoreUnavailable('disk full');
          return store.deadlines.settleUnclaimed(id, settlement);
        },
      },
    });
    await waits('m1', start + 2 * hour);
    await clock.advance(2 * hour + 60_000);
    expect(await left()).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error').length).toBe(3);
  });
});

describe('before expiry', () => {
  test('D-16: the user is warned once, an hour before', async () => {
    await waits('m1', start + 5 * hour);
    await clock.advance(4 * hour - 1);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual([`${bob} expiring`]);
    await clock.advance(hour - 1);
    expect(woken.length).toBe(1);
    expect((await store.queue.waiting(bob))[0]?.warned).toBe(true);
  });

  test('D-16: one warning for several messages of a user', async () => {
    await waits('m1', start + 5 * hour);
    await waits('m2', start + 5 * hour);
    await clock.advance(4 * hour);
    expect(woken).toEqual([`${bob} expiring`]);
  });

  test('D-16: no warning about a message whose life is shorter than the warning time', async () => {
    await waits('m1', start + hour / 2);
    await clock.advance(hour);
    expect([woken, await left()]).toEqual([[], []]);
  });

  test('D-16: no warning where it is switched off', async () => {
    await sweep.close();
    sweep = aSweep({ warningSeconds: 0 });
    await waits('m1', start + 5 * hour);
    await clock.advance(6 * hour);
    expect([woken, await left()]).toEqual([[], []]);
  });
});

test('PF-19: what ended long ago is forgotten', async () => {
  const { dispositions: _, ...quiet } = aNewMessage('m1', { expiresAt: start + hour });
  await store.queue.enqueue(quiet, limits);
  sweep.expect(start + hour);
  await clock.advance(hour);
  expect((await store.inspection.story('m1')).length).toBeGreaterThan(0);
  await clock.advance(settings.retentionSeconds * 1000 + 2 * hour);
  expect(await store.inspection.story('m1')).toEqual([]);
});
