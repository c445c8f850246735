import { parseDeferredNotification } from '@restante/cpm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Notifier } from '../../../src/participating-function/deferred/notifier.ts';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import type { Store } from '../../../src/participating-function/ports.ts';
import { openMemoryStore } from '../../../src/store/memory/memory-store.ts';
import { HandWoundClock } from '../../../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../../../test/support/sequence-random.ts';
import {
  aClient,
  aNewMessage,
  alice,
  bob,
  Registered,
  RememberedLog,
  ScriptedSender,
  settings,
  start,
} from './values.ts';

const limits = { perUser: 100 };
const window = settings.notification.windowMilliseconds;
const phone = aClient('phone');
const tablet = aClient('tablet-2');
const plain = aClient('plain', { features: '' });

let clock: HandWoundClock;
let store: Store;
let sender: ScriptedSender;
let registered: Registered;
let log: RememberedLog;
let notifier: Notifier;

function aNotifier(changes: { readonly queue?: Pick<Store['queue'], 'waiting'> } = {}): Notifier {
  const { queue = store.queue } = changes;
  const random = new SequenceRandom();
  return new Notifier({
    queue,
    record: store.notifications,
    clients: registered,
    sender,
    settings,
    clock,
    random,
    log,
  });
}

beforeEach(() => {
  clock = new HandWoundClock(start);
  store = openMemoryStore();
  sender = new ScriptedSender();
  registered = new Registered(phone);
  log = new RememberedLog();
  notifier = aNotifier();
});

afterEach(async () => {
  await notifier.close();
  await store[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

const listed = () =>
  sender.sent.map(({ request }) => parseDeferredNotification(request.body).messages.length);
const targets = () => sender.sent.map(({ target }) => target);

async function waits(...ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.queue.enqueue(aNewMessage(id, { identity: id }), limits);
}

describe('reasons', () => {
  test('D-14: reasons within the window make one notification', async () => {
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window / 2);
    await waits('m2');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window / 2 - 1);
    expect(sender.sent).toEqual([]);
    await clock.advance(1);
    expect(new Set(sender.sent.map(({ request }) => parseDeferredNotification(request.body).number))).toEqual(
      new Set([2]),
    );
    expect(clock.pending()).toBe(0);
  });

  test('PF-8: then nothing more, whoever wakes it, until something new waits', async () => {
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    notifier.wake(bob, { kind: 'deferred' });
    notifier.wake(bob, { kind: 'restarted' });
    await clock.advance(10 * window);
    expect(listed()).toEqual([1]);
  });

  test('D-14: a client that becomes suitable is told, the others are not told again', async () => {
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    registered.clients.push(tablet);
    notifier.wake(bob, { kind: 'registered', target: tablet.target });
    await clock.advance(window);
    expect(targets()).toEqual([phone.target, tablet.target]);
  });

  test('PF-3: nobody is registered: nothing is asked and nothing is started', async () => {
    registered.clients = [];
    notifier.wake(bob, { kind: 'deferred' });
    expect(clock.pending()).toBe(0);
  });

  test('PF-4: an unsuitable client gets nothing, a suitable one of the same user does', async () => {
    registered.clients = [plain, phone];
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    expect(targets()).toEqual([phone.target]);
  });
});

describe('sending', () => {
  test('PF-5, RFC 3428 8: parts go one after another', async () => {
    await waits('m1', 'm2', 'm3', 'm4', 'm5');
    const gates: (() => void)[] = [];
    sender.answer = () => new Promise((resolve) => gates.push(() => resolve(200)));
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    expect(sender.sent.length).toBe(1);
    const { parts = 0 } = parseDeferredNotification(sender.sent[0]?.request.body ?? new Uint8Array());
    expect(parts).toBeGreaterThan(1);
    for (let part = 1; part <= parts; part += 1) {
      expect(sender.sent.length).toBe(part);
      gates.shift()?.();
      await clock.advance(0);
    }
    expect(await store.notifications.told(bob, phone.target)).toBe(5);
  });

  test('PF-3: one client that does not answer does not stop the others', async () => {
    registered.clients = [phone, tablet];
    sender.answer = (_request, target) => (target === phone.target ? new Promise(() => {}) : 200);
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    await waits('m2');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    expect(targets().filter((target) => target === tablet.target).length).toBeGreaterThanOrEqual(2);
    expect(targets().filter((target) => target === phone.target).length).toBe(1);
  });

  test('D-14: what comes up while a client is told is told in one more run', async () => {
    const gate = Promise.withResolvers<number>();
    sender.answer = () => (sender.sent.length === 1 ? gate.promise : 200);
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    await waits('m2');
    notifier.wake(bob, { kind: 'deferred' });
    notifier.wake(bob, { kind: 'restarted' });
    await clock.advance(window);
    expect(sender.sent.length).toBe(1);
    gate.resolve(200);
    await clock.advance(0);
    expect(await store.notifications.told(bob, phone.target)).toBe(2);
    const sent = sender.sent.length;
    await clock.advance(10 * window);
    expect(sender.sent.length).toBe(sent);
  });

  test('PF-4: a device that has moved is told at its new address, not after the old one has timed out', async () => {
    await waits('m1');
    sender.answer = ({ uri }) => (uri === phone.address ? new Promise(() => {}) : 200);
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    registered.clients = [{ ...phone, address: 'sip:phone@198.51.100.7:5060' }];
    notifier.wake(bob, { kind: 'registered', target: phone.target });
    await clock.advance(window);
    expect(sender.sent.map(({ request }) => request.uri)).toEqual([
      phone.address,
      'sip:phone@198.51.100.7:5060',
    ]);
    expect(await store.notifications.told(bob, phone.target)).toBe(1);
  });

  test('D-14: a device that registers while a pull holds the messages is told of those given back, and once', async () => {
    await waits('m1', 'm2');
    await store.queue.claim(
      { key: 'p1', user: bob, actions: 'deliver-all', device: { contact: phone.address } },
      clock.now(),
    );
    notifier.wake(bob, { kind: 'registered', target: phone.target });
    await clock.advance(window);
    expect(sender.sent).toEqual([]);
    await store.queue.release('m1', clock.now(), 'no answer', true);
    notifier.released(bob);
    await store.queue.release('m2', clock.now(), 'not tried', false);
    notifier.released(bob);
    await clock.advance(window);
    expect(sender.sent.map(({ request }) => parseDeferredNotification(request.body).number)).toEqual([2, 2]);
    notifier.released(bob);
    await clock.advance(window);
    expect(sender.sent.length).toBe(2);
  });

  test.each([
    ['a refusal', 486],
    ['no answer', new Error('no final response')],
  ])('PF-5: after %s the client counts as untold, and is told at the next reason', async (_name, answer) => {
    await waits('m1');
    sender.answer = () => answer;
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    expect(await store.notifications.told(bob, phone.target)).toBe(0);
    expect(
      (await store.inspection.story('m1')).some(({ detail }) => /486|no final response/.test(detail)),
    ).toBe(true);
    sender.answer = () => 200;
    notifier.wake(bob, { kind: 'restarted' });
    await clock.advance(window);
    expect(await store.notifications.told(bob, phone.target)).toBe(1);
  });

  test('D-22: while the store fails nothing is lost', async () => {
    await waits('m1');
    let failures = 2;
    await notifier.close();
    notifier = aNotifier({
      queue: {
        waiting: async (user) => {
          failures -= 1;
          if (failures >= 0) throw new StoreUnavailable('disk full');
          return store.queue.waiting(user);
        },
      },
    });
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window + 10_000);
    expect(listed()).toEqual([1]);
    expect(log.lines.filter(({ level }) => level === 'warn').length).toBe(2);
  });
});

describe('start and stop', () => {
  test('D-5: at start whoever is registered and untold is told, and nobody else', async () => {
    const aliceToo = aClient('desk', { user: alice });
    registered.clients = [phone, aliceToo];
    await waits('m1');
    await notifier.resume();
    await clock.advance(window);
    await notifier.close();
    notifier = aNotifier();
    await notifier.resume();
    await clock.advance(window);
    expect(targets()).toEqual([phone.target]);
  });

  test('D-5: a notification that was under way at the end is sent again after the start', async () => {
    await waits('m1');
    sender.answer = () => new Promise(() => {});
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(window);
    await notifier.close();
    expect(await store.notifications.told(bob, phone.target)).toBe(0);
    sender.answer = () => 200;
    notifier = aNotifier();
    await notifier.resume();
    await clock.advance(window);
    expect(await store.notifications.told(bob, phone.target)).toBe(1);
  });

  test('a closed notifier starts nothing', async () => {
    await waits('m1');
    notifier.wake(bob, { kind: 'deferred' });
    await notifier.close();
    notifier.wake(bob, { kind: 'deferred' });
    await clock.advance(10 * window);
    expect(sender.sent).toEqual([]);
  });
});
