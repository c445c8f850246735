import { contentType, warnings } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../packages/server/src/participating-function/ports.ts';
import type { Device } from './support/device.ts';
import { World } from './support/world.ts';

const bob = 'sip:bob@example.com';

let world: World;
let alice: Device;
let phone: Device;

beforeEach(async () => {
  world = await World.open();
  alice = await world.registered({ user: 'alice', host: '192.0.2.10' });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.clock.pending()).toBe(0);
});

/** One message waits, and bob's phone knows it. */
async function oneWaits(): Promise<string> {
  await alice.send(bob, 'text');
  phone = await world.registered({ user: 'bob', host: '192.0.2.20' });
  return phone.listed[0] ?? '';
}

function changed(request: SipRequest, from: string, to: string): SipRequest {
  const text = new TextDecoder().decode(request.body);
  if (!text.includes(from)) throw new Error(`no ${from} in the body`);
  return { ...request, body: new TextEncoder().encode(text.replaceAll(from, to)) };
}

describe('bad pulls', () => {
  const rows: readonly [string, (uri: string) => SipRequest, number, RegExp][] = [
    ['D-3: broken XML', (uri) => changed(phone.pullRequest({ [uri]: 'deliver' }), '</list>', ''), 400, /./],
    [
      'D-3: an unknown action',
      (uri) => changed(phone.pullRequest({ [uri]: 'deliver' }), '=deliver', '=burn'),
      400,
      /burn/,
    ],
    [
      'D-3: a list of another type',
      (uri) =>
        changed(
          phone.pullRequest({ [uri]: 'deliver' }),
          'application/resource-lists+xml',
          'application/json',
        ),
      415,
      /json/,
    ],
    [
      'D-3: another disposition',
      (uri) => changed(phone.pullRequest({ [uri]: 'deliver' }), 'recipient-list', 'render'),
      400,
      /render/,
    ],
    [
      'D-3: no media that could be accepted',
      () => changed(phone.pullRequest(), 'TCP/MSRP', 'RTP/AVP'),
      488,
      /MSRP/,
    ],
  ];
  test.each(rows)(
    '%s: refused with the reason, and nothing is done',
    async (_name, request, status, text) => {
      const uri = await oneWaits();
      const { response } = await phone.core.invite(request(uri));
      expect(response.status).toBe(status);
      expect(warnings(response)[0]?.text).toMatch(text);
      if (status === 415) expect(response.headers.get('Accept')).toContain('application/resource-lists+xml');
      await world.clock.advance(1000);
      expect([(await world.waiting('bob')).map(({ claimed }) => claimed), phone.texts]).toEqual([
        [false],
        [],
      ]);
    },
  );

  test('RFC 3261 8.2.2.3: an extension that nobody knows: 420 with Unsupported', async () => {
    const uri = await oneWaits();
    const request = phone.pullRequest({ [uri]: 'deliver' });
    const { response } = await phone.core.invite({
      ...request,
      headers: request.headers.with('Require', 'recipient-list-invite, telepathy'),
    });
    expect([response.status, response.headers.get('Unsupported')]).toEqual([420, 'telepathy']);
  });

  test('RFC 5366: a list without Require is taken all the same', async () => {
    const uri = await oneWaits();
    const request = phone.pullRequest({ [uri]: 'deliver' });
    const { response } = await phone.core.invite({ ...request, headers: request.headers.without('Require') });
    await world.clock.advance(0);
    expect([response.status, phone.texts]).toEqual([200, ['text']]);
  });

  test.each([
    ['another URI', { uri: 'sip:somebody@example.com' }, 404],
    ['no tag', { tag: undefined }, 488],
  ] as const)('PF-9: %s is no pull', async (_name, change: { uri?: string; tag?: undefined }, status) => {
    await oneWaits();
    const request = phone.pullRequest();
    const headers = 'tag' in change ? request.headers.without('Accept-Contact') : request.headers;
    const { response } = await phone.core.invite({ ...request, headers, uri: change.uri ?? request.uri });
    expect(response.status).toBe(status);
    expect((await world.waiting('bob')).length).toBe(1);
  });

  test('D-17: a network that is not trusted is asked for credentials, and learns nothing', async () => {
    await oneWaits();
    const stranger = world.device({ user: 'bob', host: '198.51.100.9' });
    expect((await stranger.pull()).status).toBe(401);
    expect((await world.waiting('bob')).length).toBe(1);
  });
});

describe('sessions', () => {
  test('PF-17: BYE before ACK does not stop what was accepted', async () => {
    await oneWaits();
    const gate = Promise.withResolvers<number>();
    phone.answer = () => gate.promise;
    const { session } = await phone.invite();
    const { dialog } = session ?? {};
    if (dialog === undefined) throw new Error('no session');
    expect((await phone.core.send(dialog.request('BYE'), { dialog })).status).toBe(200);
    gate.resolve(200);
    await world.clock.advance(0);
    expect([phone.texts, await world.waiting('bob')]).toEqual([['text'], []]);
  });

  test('PF-17: a CANCEL that races the 200: the answer stands and the message comes, once', async () => {
    await oneWaits();
    const cancel = new AbortController();
    const invited = phone.invite(undefined, cancel.signal);
    cancel.abort();
    await invited.catch(() => {});
    await world.clock.advance(200_000);
    const left = await world.waiting('bob');
    expect([phone.texts.length + left.length, left.some(({ claimed }) => claimed)]).toEqual([1, false]);
  });

  test('PF-11: over TCP as over UDP', async () => {
    for (let n = 0; n < 6; n += 1) await alice.send(bob, `text ${n}`);
    phone = await world.registered({ user: 'bob', host: '192.0.2.20' });
    const response = await phone.pull(
      Object.fromEntries(phone.listed.map((uri) => [uri, 'deliver'] as const)),
    );
    await world.clock.advance(0);
    expect([response.status, phone.texts.length]).toEqual([200, 6]);
    expect(world.network.packets.find(({ text }) => text.startsWith('INVITE'))?.protocol).toBe('TCP');
  });
});

describe('what the network shows', () => {
  test('PF-20: neither notification nor refusal names a host inside', async () => {
    await oneWaits();
    await phone.pull();
    await world.clock.advance(0);
    expect((await phone.pull()).headers.get('Warning')).not.toContain('192.0.2.1');
    const [notification] = phone.requests;
    const fields = ['From', 'To', 'Call-ID', 'P-Asserted-Identity'].map(
      (name) => notification?.headers.get(name) ?? '',
    );
    expect(fields.join() + new TextDecoder().decode(notification?.body)).not.toMatch(/192\.0\.2\.1\b/);
  });

  test('D-19: the octets of the message come as they were sent', async () => {
    const sent = alice.message(bob, 'schön – ☃', { subject: 'naïve', extra: [['X-Own', 'kept']] });
    expect((await alice.core.send(sent)).status).toBe(202);
    phone = await world.registered({ user: 'bob', host: '192.0.2.20' });
    await phone.pull();
    await world.clock.advance(0);
    const got = phone.messages[0]?.request;
    expect(got && [...got.body]).toEqual([...sent.body]);
    for (const name of ['Conversation-ID', 'Contribution-ID', 'X-Own', 'Content-Type'])
      expect(got?.headers.get(name)).toBe(sent.headers.get(name));
    expect(got && contentType(got)?.name).toBe('message/cpim');
  });

  test('D-18: the tag of a delivery can be that of the original', async () => {
    await world[Symbol.asyncDispose]();
    world = await World.open({ delivery: { featureTag: 'original' } });
    alice = await world.registered({ user: 'alice', host: '192.0.2.10' });
    await oneWaits();
    await phone.pull();
    await world.clock.advance(0);
    expect(phone.messages[0]?.request.headers.get('Accept-Contact')).toContain('oma.cpm.msg');
  });
});

describe('a store that fails', () => {
  test('D-22: 503 with Retry-After before anything is taken over', async () => {
    await oneWaits();
    world.life.failure = (operation) =>
      operation === 'queue.enqueue' || operation === 'queue.claim'
        ? new StoreUnavailable('disk full')
        : undefined;
    phone.answer = () => 486;
    const answers = [await alice.send(bob, 'more'), await phone.pull()];
    expect(answers.map(({ status, headers }) => [status, headers.has('Retry-After')])).toEqual([
      [503, true],
      [503, true],
    ]);
    world.life.failure = () => undefined;
    phone.answer = () => 200;
    expect((await phone.pull()).status).toBe(200);
    await world.clock.advance(0);
    expect(phone.texts).toEqual(['text']);
  });

  test('D-22: what was delivered while it failed is settled afterwards, not delivered twice', async () => {
    await oneWaits();
    world.life.failure = (operation) =>
      operation === 'queue.settle' ? new StoreUnavailable('disk full') : undefined;
    await phone.pull();
    await world.clock.advance(20_000);
    expect((await world.waiting('bob')).length).toBe(1);
    world.life.failure = () => undefined;
    await world.clock.advance(20_000);
    expect([phone.texts, await world.waiting('bob')]).toEqual([['text'], []]);
  });
});

test('D-15: a disposition notification is passed on, never deferred', async () => {
  const notification = alice.message(bob, '<imdn/>', { dispositions: '' });
  const asImdn = changed(notification, 'text/plain;charset=UTF-8', 'message/imdn+xml');
  const { status } = await alice.core.send(asImdn);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(await world.waiting('bob')).toEqual([]);
});
