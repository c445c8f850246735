import { cpimHeader, imdnHeader } from '@restante/cpm';
import { warnings } from '@restante/sip';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Device } from './support/device.ts';
import { managementUri } from './support/device.ts';
import { World } from './support/world.ts';

const bob = 'sip:bob@example.com';
const phoneOf = (user: string, host: string) => ({ user, host });

let world: World;
let alice: Device;

beforeEach(async () => {
  world = await World.open();
  alice = await world.registered(phoneOf('alice', '192.0.2.10'));
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.clock.pending()).toBe(0);
});

describe('deferral', () => {
  test('PF-1: a message for a user without a client is kept and answered 202', async () => {
    expect((await alice.send(bob, 'Lunch at noon?')).status).toBe(202);
    expect(await world.waiting('bob')).toMatchObject([
      { sender: 'sip:alice@example.com', mode: 'pager', claimed: false },
    ]);
  });

  test('PF-1: so is one for a user none of whose clients can take it', async () => {
    const plain = await world.registered({ ...phoneOf('bob', '192.0.2.20'), services: [] });
    expect((await alice.send(bob, 'Lunch?')).status).toBe(202);
    await world.window();
    expect([plain.requests, (await world.waiting('bob')).length]).toEqual([[], 1]);
  });

  test('PF-1: a suitable client gets it at once, and nothing is deferred', async () => {
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    expect((await alice.send(bob, 'Lunch?')).status).toBe(200);
    expect([phone.texts, await world.waiting('bob')]).toEqual([['Lunch?'], []]);
  });

  test('PF-1: a client that does not answer in time: deferred', async () => {
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    phone.answer = () => undefined;
    expect((await world.until(alice.send(bob, 'Lunch?'))).status).toBe(202);
    expect((await world.waiting('bob')).length).toBe(1);
  });

  test('D-6: the same message again is kept once and answered again', async () => {
    await alice.send(bob, 'Lunch?', { messageId: 'once' });
    expect((await alice.send(bob, 'Lunch?', { messageId: 'once' })).status).toBe(202);
    expect((await world.waiting('bob')).length).toBe(1);
  });
});

describe('notification', () => {
  test('PF-3, PF-4: who registers later is told of all that waits', async () => {
    await alice.send(bob, 'first', { subject: 'One' });
    await alice.send(bob, 'second', { subject: 'Two' });
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    expect(phone.listed.length).toBe(2);
    expect(phone.notifications.flatMap(({ messages }) => messages.map(({ subject }) => subject))).toEqual([
      'One',
      'Two',
    ]);
    const [request] = phone.requests;
    expect(request?.uri).toBe(phone.contact);
    expect(request?.headers.get('P-Asserted-Identity')).toBe(`<${managementUri}>`);
    expect(request?.headers.has('Contact')).toBe(false);
  });

  test('PF-5: no notification on the wire is longer than 1300 octets', async () => {
    for (let n = 0; n < 5; n += 1)
      await alice.send(bob, 'text', { subject: `A rather long subject, number ${n}, ${'x'.repeat(n * 90)}` });
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    expect(phone.listed.length).toBe(5);
    const sent = world.network.packets.filter(({ text }) => text.includes('x-cpm-deferred-messages'));
    expect(sent.length).toBeGreaterThan(1);
    for (const { bytes } of sent) expect(bytes.length).toBeLessThanOrEqual(1300);
  });

  test('PF-4: clients that are suitable for none of them are not told', async () => {
    await alice.send(bob, 'text');
    const plain = await world.registered({ ...phoneOf('bob', '192.0.2.20'), name: 'plain', services: [] });
    const phone = await world.registered({ ...phoneOf('bob', '192.0.2.21'), name: 'phone' });
    expect([plain.requests.length, phone.notifications.length]).toEqual([0, 1]);
  });

  test('PF-8: nothing more until a client acts', async () => {
    await alice.send(bob, 'text');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await world.clock.advance(3_000_000);
    await phone.register();
    await world.window();
    expect(phone.requests.length).toBe(1);
  });

  test('PF-4: a device that comes back with another address is told there at once', async () => {
    await alice.send(bob, 'text');
    const before = world.device(phoneOf('bob', '192.0.2.20'));
    before.answer = () => undefined;
    await before.register();
    await world.window();
    expect(before.requests.length).toBeGreaterThan(0);
    const after = await world.registered(phoneOf('bob', '192.0.2.21'));
    expect([after.instance, after.listed.length]).toEqual([before.instance, 1]);
  });

  test('PF-16: what was not pulled is listed in the next notification', async () => {
    await alice.send(bob, 'first');
    await alice.send(bob, 'second');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const [first = '', second = ''] = phone.listed;
    expect((await phone.pull({ [first]: 'deliver' })).status).toBe(200);
    phone.answer = (request) => (request.headers.get('Content-Type') === 'message/cpim' ? 486 : 200);
    expect((await alice.send(bob, 'third')).status).toBe(202);
    await world.window();
    expect(phone.listed.length).toBe(2);
    expect(phone.listed).toContain(second);
    expect(phone.listed).not.toContain(first);
  });
});

describe('pull', () => {
  test('PF-15: without a list all of it comes, oldest first, as it was sent', async () => {
    await alice.send(bob, 'first', { subject: 'One', messageId: 'id-1' });
    await alice.send(bob, 'second');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    expect((await phone.pull()).status).toBe(200);
    await world.clock.advance(0);
    expect(phone.texts).toEqual(['first', 'second']);
    const [got] = phone.messages;
    expect(got && [cpimHeader(got.cpim, 'Subject'), imdnHeader(got.cpim, 'Message-ID')]).toEqual([
      'One',
      'id-1',
    ]);
    expect(got?.request.headers.get('P-Asserted-Identity')).toContain('sip:alice@example.com');
    expect(got?.request.headers.get('Accept-Contact')).toContain('oma.cpm.deferred');
    expect(await world.waiting('bob')).toEqual([]);
  });

  test('PF-12, PF-15, PF-16: mixed actions: delivered, deleted, left', async () => {
    for (const text of ['one', 'two', 'three']) await alice.send(bob, text, { messageId: text });
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const [one = '', two = '', three = ''] = phone.listed;
    expect((await phone.pull({ [one]: 'deliver', [two]: 'delete' })).status).toBe(200);
    await world.clock.advance(0);
    expect(phone.texts).toEqual(['one']);
    expect((await world.waiting('bob')).map(({ id }) => `sip:${id}@example.com`)).toEqual([three]);
    expect(alice.dispositions).toMatchObject([
      { messageId: 'two', report: { kind: 'delivery', status: 'failed' } },
    ]);
  });

  test('PF-12: a deletion says nothing to a sender who did not ask', async () => {
    await alice.send(bob, 'text', { dispositions: 'positive-delivery' });
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await phone.pull(Object.fromEntries(phone.listed.map((uri) => [uri, 'delete'] as const)));
    await world.clock.advance(60_000);
    expect([await world.waiting('bob'), alice.dispositions]).toEqual([[], []]);
  });

  test('PF-10, CL-9: nothing waits: 488 with Warning 399 "125 No messages"', async () => {
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const response = await phone.pull();
    expect(response.status).toBe(488);
    expect(warnings(response)).toEqual([{ code: 399, agent: 'example.com', text: '125 No messages' }]);
  });

  test("D-1, D-17: another user's message-URI-ID gives no right", async () => {
    await alice.send(bob, 'for bob alone');
    const [message] = await world.waiting('bob');
    const mallory = await world.registered(phoneOf('mallory', '192.0.2.66'));
    expect((await mallory.pull({ [`sip:${message?.id}@example.com`]: 'deliver' })).status).toBe(488);
    expect([(await world.waiting('bob')).length, mallory.texts]).toEqual([1, []]);
  });

  test('D-12: store is refused with the reason, and the whole list is left alone', async () => {
    await alice.send(bob, 'one');
    await alice.send(bob, 'two');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const [one = '', two = ''] = phone.listed;
    const response = await phone.pull({ [one]: 'delete', [two]: 'store' });
    expect([response.status, warnings(response)[0]?.text]).toEqual([
      488,
      `${two}: no message store is configured here`,
    ]);
    expect((await world.waiting('bob')).length).toBe(2);
  });

  test('CL-12, PF-17: neither ACK nor BYE, nor their absence, changes what is delivered', async () => {
    await alice.send(bob, 'text');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const { response } = await phone.invite();
    await world.clock.advance(200_000);
    expect([response.status, phone.texts, await world.waiting('bob')]).toEqual([200, ['text'], []]);
    expect(
      world.network.packets.some(({ text, from }) => text.startsWith('BYE') && from.host === '192.0.2.1'),
    ).toBe(true);
  });

  test('D-6: a retransmitted INVITE is answered the same and done once', async () => {
    await alice.send(bob, 'text');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await phone.pull();
    const invite = world.network.packets.find(({ text }) => text.startsWith('INVITE'));
    const server = world.network.listening(invite?.protocol ?? 'UDP', { host: '192.0.2.1', port: 5060 });
    if (invite === undefined || server === undefined) throw new Error('no INVITE was sent');
    server.receiver.received(invite.bytes, server.datagramFlow(invite.from));
    await world.clock.advance(60_000);
    expect(phone.texts).toEqual(['text']);
  });
});

describe('two devices', () => {
  test('PF-18, D-4: overlapping pulls: each message comes once, nobody is refused while something is left', async () => {
    for (const text of ['one', 'two', 'three', 'four']) await alice.send(bob, text);
    const phone = await world.registered({ ...phoneOf('bob', '192.0.2.20'), name: 'phone' });
    const tablet = await world.registered({ ...phoneOf('bob', '192.0.2.21'), name: 'tablet' });
    const [one = '', two = ''] = phone.listed;
    const gate = Promise.withResolvers<number>();
    phone.answer = () => gate.promise;
    const first = await phone.pull({ [one]: 'deliver', [two]: 'deliver' });
    const second = await tablet.pull();
    const third = await tablet.pull();
    await world.clock.advance(0);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 488]);
    expect(tablet.texts).toEqual(['three', 'four']);
    gate.resolve(200);
    await world.clock.advance(0);
    expect([phone.texts, await world.waiting('bob')]).toEqual([['one', 'two'], []]);
  });

  test('D-8: only the device that pulls gets the messages', async () => {
    await alice.send(bob, 'text');
    const phone = await world.registered({ ...phoneOf('bob', '192.0.2.20'), name: 'phone' });
    const tablet = await world.registered({ ...phoneOf('bob', '192.0.2.21'), name: 'tablet' });
    await tablet.pull();
    await world.clock.advance(0);
    expect([phone.texts, tablet.texts]).toEqual([[], ['text']]);
  });

  test('D-9: a device that goes away in the middle: the rest waits for the other one', async () => {
    for (const text of ['one', 'two', 'three']) await alice.send(bob, text);
    const phone = await world.registered({ ...phoneOf('bob', '192.0.2.20'), name: 'phone' });
    const tablet = await world.registered({ ...phoneOf('bob', '192.0.2.21'), name: 'tablet' });
    phone.answer = () => (phone.texts.length === 0 ? 200 : undefined);
    await phone.pull();
    await world.clock.advance(40_000);
    const waiting = await world.waiting('bob');
    expect(waiting.map(({ attempts, claimed }) => [attempts, claimed])).toEqual([
      [1, false],
      [0, false],
    ]);
    await tablet.pull();
    await world.clock.advance(0);
    expect([phone.texts, tablet.texts]).toEqual([['one'], ['two', 'three']]);
  });
});

describe('time', () => {
  test('PF-19, D-16: a warning, then the end, and the sender is told', async () => {
    await alice.send(bob, 'text', { messageId: 'late', extra: [['Expires', '14400']] });
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    const hour = 3_600_000;
    for (let part = 0; part < 6; part += 1) {
      await world.clock.advance(hour / 2);
      await phone.register();
      await alice.register();
    }
    await world.window();
    expect(phone.notifications.map(({ event }) => event)).toEqual(['waiting', 'expiring']);
    for (let part = 0; part < 3; part += 1) {
      await world.clock.advance(hour / 2);
      await alice.register();
    }
    expect(await world.waiting('bob')).toEqual([]);
    expect(alice.dispositions).toMatchObject([{ messageId: 'late', report: { status: 'failed' } }]);
    expect((await phone.pull()).status).toBe(488);
  });

  test('PF-21: a sender who is away gets the notification when he registers', async () => {
    await alice.send(bob, 'text', { messageId: 'm' });
    await alice.register(0);
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await phone.pull(Object.fromEntries(phone.listed.map((uri) => [uri, 'delete'] as const)));
    await world.clock.advance(60_000);
    expect(alice.dispositions).toEqual([]);
    await alice.register();
    await world.clock.advance(0);
    expect(alice.dispositions).toMatchObject([{ messageId: 'm' }]);
  });
});

describe('senders elsewhere', () => {
  test('PF-21: the notification goes to the address of the sender', async () => {
    const carol = world.device({ user: 'carol', host: '192.0.2.77' });
    const message = carol.message(bob, 'from afar', { messageId: 'far' });
    const identity = '<sip:carol@192.0.2.77:5060>';
    const headers = message.headers.with('P-Asserted-Identity', identity).with('From', `${identity};tag=f1`);
    expect((await carol.core.send({ ...message, headers })).status).toBe(202);
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await phone.pull(Object.fromEntries(phone.listed.map((uri) => [uri, 'delete'] as const)));
    await world.clock.advance(0);
    expect(carol.dispositions).toMatchObject([{ messageId: 'far', report: { status: 'failed' } }]);
    expect(carol.requests[0]?.uri).toMatch(/^sip:carol@192\.0\.2\.77/);
  });

  test('PF-21: nobody is told of what an anonymous sender sent', async () => {
    const message = alice.message(bob, 'guess who');
    const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f1';
    const headers = message.headers.with('From', anonymous).append('Privacy', 'id');
    expect((await alice.core.send({ ...message, headers })).status).toBe(202);
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    expect(phone.notifications[0]?.messages[0]).not.toHaveProperty('from');
    await phone.pull(Object.fromEntries(phone.listed.map((uri) => [uri, 'delete'] as const)));
    await world.clock.advance(60_000);
    expect([await world.waiting('bob'), alice.dispositions]).toEqual([[], []]);
    expect((await world.store.inspection.counts()).owed).toBe(0);
  });
});

describe('start and stop', () => {
  test('D-5: queue, registrations and what was told survive a restart', async () => {
    await alice.send(bob, 'text');
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    await world.restart();
    await world.window();
    expect(phone.notifications.length).toBe(1);
    expect((await phone.pull()).status).toBe(200);
    await world.clock.advance(0);
    expect(phone.texts).toEqual(['text']);
  });

  test('D-5: the end does not wait for a device that does not answer', async () => {
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    phone.answer = () => undefined;
    // The delivery at once keeps the lane of the phone; the notification waits behind it.
    expect((await world.until(alice.send(bob, 'text'))).status).toBe(202);
    await world.window();
    const before = world.clock.now();
    await world.stop();
    expect(world.clock.now() - before).toBeLessThan(3000);
    await world.start();
    phone.answer = () => 200;
    await world.window();
    expect(phone.listed.length).toBe(1);
  });

  test('D-5: a pull that was accepted is carried on after a stop in the middle', async () => {
    for (const text of ['one', 'two', 'three']) await alice.send(bob, text);
    const phone = await world.registered(phoneOf('bob', '192.0.2.20'));
    phone.answer = () => (phone.texts.length === 0 ? 200 : undefined);
    await phone.pull();
    await world.clock.advance(1000);
    phone.answer = () => 200;
    await world.restart();
    await world.clock.advance(1000);
    expect([phone.texts, await world.waiting('bob')]).toEqual([['one', 'two', 'three'], []]);
  });
});
