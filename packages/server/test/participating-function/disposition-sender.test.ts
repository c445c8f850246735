import { imdnHeader, parseCpim } from '@restante/cpm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DispositionSender } from '../../src/participating-function/disposition-sender.ts';
import { settlementOf } from '../../src/participating-function/deferred/settlement.ts';
import { StoreUnavailable } from '../../src/participating-function/ports.ts';
import type { DispositionOutbox, Store } from '../../src/participating-function/ports.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../test/support/sequence-random.ts';
import {
  aClient,
  aMessage,
  aNewMessage,
  alice,
  Registered,
  RememberedLog,
  ScriptedSender,
  settings,
  start,
  userAt,
} from './deferred/values.ts';

const desk = aClient('desk', { user: alice });
const { retrySeconds, maximumRetrySeconds, giveUpSeconds } = settings.dispositions;

let clock: HandWoundClock;
let store: Store;
let wire: ScriptedSender;
let registered: Registered;
let log: RememberedLog;
let dispositions: DispositionSender;

function aSender(outbox: DispositionOutbox = store.outbox): DispositionSender {
  return new DispositionSender({
    outbox,
    clients: registered,
    sender: wire,
    settings,
    clock,
    random: new SequenceRandom(),
    log,
  });
}

beforeEach(() => {
  clock = new HandWoundClock(start);
  store = openMemoryStore();
  wire = new ScriptedSender();
  registered = new Registered(desk);
  log = new RememberedLog();
  dispositions = aSender();
});

afterEach(async () => {
  await dispositions.close();
  await store[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

/** A message is deleted, and its sender is owed the notification. */
async function owe(id: string, sender: string = alice): Promise<void> {
  const facts = { at: clock.now(), evidence: 'a test', imdnMessageId: `owed-${id}` };
  await store.queue.enqueue(aNewMessage(id, { identity: id, sender }), { perUser: 1000 });
  await store.deadlines.settleUnclaimed(id, settlementOf(aMessage(id, { sender }), 'deleted', facts));
  dispositions.wake();
}

const owed = async () => (await store.inspection.counts()).owed;
const sentIds = () => wire.sent.map(({ request }) => imdnHeader(parseCpim(request.body), 'Message-ID'));

describe('to whom', () => {
  test('PF-21: to the registered client of a sender of ours', async () => {
    await owe('m1');
    await clock.advance(0);
    expect(wire.sent.map(({ request, target }) => [request.uri, target])).toEqual([
      [desk.address, desk.target],
    ]);
    expect(await owed()).toBe(0);
    expect((await store.inspection.story('m1')).some(({ detail }) => detail.includes('200 OK'))).toBe(true);
  });

  test('PF-21: to those with the highest q, and one that takes it is enough', async () => {
    const best = aClient('best', { user: alice, q: 0.8 });
    const other = aClient('other', { user: alice, q: 0.8 });
    registered.clients = [aClient('least', { user: alice, q: 0.1 }), best, other];
    wire.answer = (_request, target) => (target === best.target ? 480 : 200);
    await owe('m1');
    await clock.advance(0);
    expect(wire.sent.map(({ target }) => target)).toEqual([best.target, other.target]);
    expect(await owed()).toBe(0);
  });

  test('PF-21: a client for messages is preferred, but who has none other gets it all the same', async () => {
    const plain = aClient('plain', { user: alice, features: '' });
    registered.clients = [plain];
    await owe('m1');
    await clock.advance(0);
    expect(wire.sent.map(({ target }) => target)).toEqual([plain.target]);
  });

  test('PF-21: to the address of a sender elsewhere', async () => {
    await owe('m1', 'sip:carol@other.example');
    await clock.advance(0);
    expect(wire.sent.map(({ request }) => request.uri)).toEqual(['sip:carol@other.example']);
  });
});

describe('until it is taken', () => {
  test('PF-21: again after a pause that doubles, under the same Message-ID', async () => {
    wire.answer = () => 503;
    await owe('m1');
    await clock.advance(0);
    await clock.advance(retrySeconds * 1000);
    await clock.advance(2 * retrySeconds * 1000 - 1);
    expect(wire.sent.length).toBe(2);
    await clock.advance(1);
    expect(wire.sent.length).toBe(3);
    wire.answer = () => 200;
    await clock.advance(maximumRetrySeconds * 1000);
    expect([wire.sent.length, await owed()]).toEqual([4, 0]);
    expect(new Set(sentIds())).toEqual(new Set(['owed-m1']));
  });

  test('PF-21: given up in the end, with a line in the log', async () => {
    wire.answer = () => new Error('no final response');
    await owe('m1', 'sip:carol@other.example');
    await clock.advance((giveUpSeconds + maximumRetrySeconds) * 1000);
    expect(await owed()).toBe(0);
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
      'disposition notification given up',
    ]);
    const attempts = wire.sent.length;
    await clock.advance(giveUpSeconds * 1000);
    expect(wire.sent.length).toBe(attempts);
  });

  test('PF-21: who is not registered gets it on registering', async () => {
    registered.clients = [];
    await owe('m1');
    await clock.advance(giveUpSeconds * 500);
    expect(wire.sent).toEqual([]);
    registered.clients = [desk];
    await dispositions.hasten(alice);
    await clock.advance(0);
    expect([wire.sent.length, await owed()]).toEqual([1, 0]);
  });

  test('PF-21: a registration between the look and the commit is not missed', async () => {
    registered.clients = [];
    await dispositions.close();
    dispositions = aSender({
      ...store.outbox,
      postpone: async (...values) => {
        registered.clients = [desk];
        await dispositions.hasten(alice);
        await store.outbox.postpone(...values);
      },
    });
    await owe('m1');
    await clock.advance(1000);
    expect([wire.sent.length, await owed()]).toEqual([1, 0]);
  });

  test('PF-21: a telephone number is found by the user who registers with it', async () => {
    const mobile = userAt('sip:+15550100@example.com');
    registered.clients = [];
    wire.answer = () => 404;
    await owe('m1', 'tel:+15550100');
    await clock.advance(0);
    registered.clients = [aClient('mobile', { user: mobile })];
    wire.answer = () => 200;
    await dispositions.hasten(mobile);
    await clock.advance(0);
    expect(await owed()).toBe(0);
  });

  test('PF-21: an answer of the store that is older than a sending does not send again', async () => {
    await dispositions.close();
    const stale = Promise.withResolvers<void>();
    let asked = 0;
    dispositions = aSender({
      ...store.outbox,
      due: async (now, limit) => {
        const rows = await store.outbox.due(now, limit);
        asked += 1;
        if (asked === 2) await stale.promise;
        return rows;
      },
    });
    const gate = Promise.withResolvers<number>();
    wire.answer = () => gate.promise;
    await owe('m1');
    await clock.advance(0);
    dispositions.wake();
    await clock.advance(0);
    gate.resolve(200);
    await clock.advance(0);
    stale.resolve();
    await clock.advance(1000);
    expect([wire.sent.length, await owed()]).toEqual([1, 0]);
  });

  test('PF-21: one sender who does not answer does not hold up the others', async () => {
    wire.answer = (request) => (request.uri.includes('silent') ? new Promise(() => {}) : 200);
    await owe('m1', 'sip:silent@other.example');
    await owe('m2', 'sip:carol@other.example');
    await clock.advance(0);
    expect(await owed()).toBe(1);
  });
});

describe('stop and start', () => {
  test('D-5: what was under way at the end is sent after the start', async () => {
    wire.answer = () => new Promise(() => {});
    await owe('m1');
    await clock.advance(0);
    await dispositions.close();
    wire.answer = () => 200;
    dispositions = aSender();
    dispositions.wake();
    await clock.advance(0);
    expect([sentIds(), await owed()]).toEqual([['owed-m1', 'owed-m1'], 0]);
  });

  test('PF-21: hundreds are sent, each once', async () => {
    for (let n = 0; n < 300; n += 1) await owe(`m${n}`, `sip:u${n}@other.example`);
    await clock.advance(1000);
    expect([wire.sent.length, new Set(sentIds()).size, await owed()]).toEqual([300, 300, 0]);
  });

  test('D-22: what was sent while the store failed is not sent again', async () => {
    await dispositions.close();
    let failures = 3;
    dispositions = aSender({
      ...store.outbox,
      sent: async (...values) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('disk full');
        await store.outbox.sent(...values);
      },
    });
    await owe('m1');
    await clock.advance(60_000);
    expect([wire.sent.length, await owed()]).toEqual([1, 0]);
  });

  test('D-22: a failing store is asked again', async () => {
    await dispositions.close();
    let failures = 3;
    dispositions = aSender({
      ...store.outbox,
      due: async (now, limit) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('disk full');
        return store.outbox.due(now, limit);
      },
    });
    await owe('m1');
    await clock.advance(60_000);
    expect(await owed()).toBe(0);
  });
});
