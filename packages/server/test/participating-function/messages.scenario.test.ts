import { parseDeferredNotification } from '@restante/cpm';
import { responseTo } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { bob, settings } from './deferred/values.ts';
import { Deployment } from './deployment.ts';
import type { Peer } from './deployment.ts';
import { cpim } from './requests.ts';

const credentials = { username: 'alice', password: 'secret' };
const text = ({ body }: SipRequest) => new TextDecoder().decode(body);

async function threePeople(options: Parameters<typeof Deployment.start>[0] = {}) {
  const deployment = await Deployment.start(options);
  return {
    deployment,
    alice: deployment.peer('alice', '192.0.2.1'),
    bob: deployment.peer('bob', '192.0.2.2'),
  };
}

const waiting = (deployment: Deployment) => deployment.store.queue.waiting(bob);

describe('PF-1: a message for a user who cannot take it', () => {
  test('is deferred and answered with 202 after the commit', async () => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    const answer = await alice.message(bob);
    expect(answer.status).toBe(202);
    const [message] = await waiting(deployment);
    expect(message).toMatchObject({ sender: alice.uri, size: 14, contentType: 'text/plain' });
    expect(message?.id).toMatch(/^dm-[0-9a-z]{9}[0-9a-f]{20}$/);
    const [content] = await deployment.store.queue.contents([message?.id ?? '']);
    expect(new TextDecoder().decode(content?.body)).toBe(cpim());
    expect(deployment.complaints).toEqual([]);
  });

  test('D-6: the same message in a new transaction is stored once', async () => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    const answers = await Promise.all([alice.message(bob), alice.message(bob)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect((await alice.message(bob)).status).toBe(202);
    expect(await waiting(deployment)).toHaveLength(1);
  });

  test('a client with other services is not suitable', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register({ Contact: `<${device.address}>` });
    expect((await alice.message(bob)).status).toBe(202);
    expect(device.received).toEqual([]);
  });

  test('PF-4: the client that registers later is told', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await alice.message(bob);
    await device.register();
    await deployment.clock.advance(settings.notification.windowMilliseconds);
    await deployment.settle();
    const [notification] = device.notifications;
    expect(notification?.uri).toBe(device.address);
    expect(parseDeferredNotification(notification?.body ?? new Uint8Array()).number).toBe(1);
    await device.register();
    await deployment.clock.advance(10_000);
    await deployment.settle();
    expect(device.notifications).toHaveLength(1);
  });

  test('a queue that is full refuses with 480 and Retry-After', async () => {
    const { deployment, alice } = await threePeople({
      settings: { limits: { ...settings.limits, messagesPerUser: 1 } },
    });
    await using _ = deployment;
    await alice.message(bob);
    const refused = await alice.message(bob, { body: cpim({ messageId: 'second' }) });
    expect(refused.status).toBe(480);
    expect(refused.headers.get('Retry-After')).toBe('600');
    expect(refused.headers.get('Warning')).toContain('Too many messages');
  });

  test('D-22: a store that fails is said so: 503 with Retry-After and one log line', async () => {
    const { deployment, alice } = await threePeople({ full: true });
    await using _ = deployment;
    const refused = await alice.message(bob);
    expect(refused.status).toBe(503);
    expect(refused.headers.has('Retry-After')).toBe(true);
    expect(deployment.complaints).toHaveLength(1);
  });
});

describe('a message for a user who can take it', () => {
  test('PF-1: goes to the client at once, body and end-to-end fields unchanged (D-19)', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    const headers = {
      'Conversation-ID': 'f0c1',
      'Contribution-ID': '0c9a',
      Subject: 'Lunch',
      'X-Unknown': 'kept',
    };
    expect((await alice.message(bob, { headers })).status).toBe(200);
    const [received] = device.messages;
    expect(received && text(received)).toBe(cpim());
    expect(received?.uri).toBe(device.address);
    for (const [name, value] of Object.entries(headers)) expect(received?.headers.get(name)).toBe(value);
    expect(received?.headers.get('P-Asserted-Identity')).toBe('<sip:alice@example.com>');
    expect(received?.headers.get('From')).toMatch(/^<sip:alice@example\.com>;tag=/);
    expect(received?.headers.get('User-Agent')).toBe('CPM-serv/OMA1.0');
    expect(received?.headers.has('Contact')).toBe(false);
    expect(await waiting(deployment)).toEqual([]);
  });

  test('D-6: and not a second time', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    await alice.message(bob);
    expect((await alice.message(bob)).status).toBe(202);
    expect(device.messages).toHaveLength(1);
  });

  test('D-9: is deferred when the client refuses it', async () => {
    for (const status of [415, 486, 500, 603]) {
      const { deployment, alice, bob: device } = await threePeople();
      await using _ = deployment;
      await device.register();
      device.answer = () => status;
      expect((await alice.message(bob)).status).toBe(202);
      expect(await waiting(deployment)).toHaveLength(1);
    }
  });

  test('PF-1: is deferred when the client does not answer in time; a late answer ends the wait', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    device.answer = () => undefined;
    const sent = alice.message(bob);
    await deployment.settle();
    await deployment.clock.advance(settings.delivery.answerWithinMilliseconds);
    expect((await sent).status).toBe(202);
    expect(await waiting(deployment)).toHaveLength(1);
    const [late] = device.unanswered;
    late?.respond(responseTo(late.request, 200));
    await deployment.settle();
    expect(await waiting(deployment)).toEqual([]);
    expect((await alice.message(bob)).status).toBe(202);
  });

  test('RFC 3428 8: one MESSAGE at a time to a client', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    device.answer = () => undefined;
    const sent = ['1', '2'].map((messageId) => alice.message(bob, { body: cpim({ messageId }) }));
    await deployment.settle();
    expect(device.messages).toHaveLength(1);
    device.answer = () => 200;
    const [first] = device.unanswered;
    first?.respond(responseTo(first.request, 200));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

test('RFC 3428 8: a device that has moved does not wait for what was sent to its old place', async () => {
  const { deployment, alice, bob: device } = await threePeople();
  await using _ = deployment;
  await device.register();
  device.answer = () => undefined;
  const first = alice.message(bob, { body: cpim({ messageId: '1' }) });
  await deployment.settle();
  const moved = deployment.peer('bob', '192.0.2.3');
  await moved.register({ 'Call-ID': 'moved' });
  expect((await alice.message(bob, { body: cpim({ messageId: '2' }) })).status).toBe(200);
  expect(moved.messages).toHaveLength(1);
  await deployment.clock.advance(settings.delivery.answerWithinMilliseconds);
  expect((await first).status).toBe(202);
});

describe('the way of a message', () => {
  test('RFC 3261 16.3: hops are counted down; at 0 nothing is forwarded, but it may wait', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    await alice.message(bob, { headers: { 'Max-Forwards': '5' } });
    expect(device.messages[0]?.headers.get('Max-Forwards')).toBe('4');
    const spent = { headers: { 'Max-Forwards': '0' }, body: cpim({ messageId: 'spent' }) };
    expect((await alice.message(bob, spent)).status).toBe(483);
    expect((await alice.message('sip:carol@example.com', spent)).status).toBe(202);
  });

  test('RFC 3323: a sender that is withheld is named to nobody', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await alice.message(bob, { headers: { Privacy: 'id' } });
    expect((await waiting(deployment))[0]).not.toHaveProperty('sender');
    await device.register();
    await alice.message(bob, { headers: { Privacy: 'id' }, body: cpim({ messageId: 'second' }) });
    const [received] = device.messages;
    expect(received?.headers.has('P-Asserted-Identity')).toBe(false);
    expect(received?.headers.get('From')).toMatch(/^"?Anonymous"? <sip:anonymous@anonymous\.invalid>/);
  });

  test('a message of more than 1300 octets goes by TCP', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register();
    expect((await alice.message(bob, { body: cpim({ text: 'x'.repeat(2000) }) })).status).toBe(200);
    expect(deployment.network.packets.findLast(({ text }) => text.startsWith('MESSAGE'))?.protocol).toBe(
      'TCP',
    );
  });

  const refused: readonly [string, Parameters<Peer['message']>[1], number][] = [
    ['no Content-Type', { headers: { 'Content-Type': '' } }, 400],
    ['a body that is no CPIM', { body: 'Hello' }, 400],
    ['a type that is not accepted', { headers: { 'Content-Type': 'text/plain' } }, 415],
    ['a body that is too large', { body: cpim({ text: 'x'.repeat(66_000) }) }, 413],
  ];
  test.each(refused)('%s is refused', async (_name, message, status) => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    expect((await alice.message(bob, message)).status).toBe(status);
    expect(await waiting(deployment)).toEqual([]);
  });
});

describe('who may send', () => {
  test('D-17: elsewhere a sender authenticates', async () => {
    const { deployment } = await threePeople();
    await using _ = deployment;
    await deployment.account('alice', 'secret');
    await deployment.account('bob', 'other');
    const alice = deployment.peer('alice', '198.51.100.1');
    const challenged = await alice.message(bob);
    expect(challenged.status).toBe(401);
    expect(
      challenged.headers.all('WWW-Authenticate').map((row) => /algorithm=([\w-]+)/.exec(row)?.[1]),
    ).toEqual(['SHA-256', 'MD5']);
    expect((await alice.message(bob, { options: { credentials } })).status).toBe(202);
    const forged = { From: '<sip:bob@example.com>;tag=x' };
    expect((await alice.message(bob, { headers: forged, options: { credentials } })).status).toBe(403);
    expect((await waiting(deployment)).map(({ sender }) => sender)).toEqual(['sip:alice@example.com']);
  });

  test('an unknown user: 404; a trusted network knows its users', async () => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    await deployment.account('alice', 'secret');
    const outside = deployment.peer('alice', '198.51.100.1');
    expect((await outside.message('sip:nobody@example.com', { options: { credentials } })).status).toBe(404);
    expect((await alice.message('sip:nobody@example.com')).status).toBe(202);
    expect((await alice.message('sip:bob@elsewhere.example')).status).toBe(404);
    expect((await alice.message(settings.managementUri)).status).toBe(404);
  });

  test('a telephone number is a user', async () => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    expect((await alice.message('tel:+1-555-0123')).status).toBe(202);
    const again = await alice.message('sip:+15550123@example.com;user=phone', {
      body: cpim({ messageId: '2' }),
    });
    expect(again.status).toBe(202);
    expect(await deployment.store.inspection.counts()).toMatchObject({ waiting: 2, users: 1 });
  });
});

describe('D-15: what is never deferred', () => {
  const imdn = cpim({ type: 'message/imdn+xml', text: '<imdn/>', messageId: 'n1', wanted: '' });

  test('passes through, to any client, and leaves no trace', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await device.register({ Contact: `<${device.address}>` });
    expect((await alice.message(bob, { body: imdn })).status).toBe(200);
    expect((await alice.message(bob, { body: imdn })).status).toBe(200);
    expect(device.messages.map(text)).toEqual([imdn, imdn]);
  });

  test('RFC 5438 7.2.1: a report does not overtake the answer to the message it is about', async () => {
    const { deployment, alice, bob: device } = await threePeople();
    await using _ = deployment;
    await alice.register();
    await device.register();
    device.answer = () => undefined;
    const order: string[] = [];
    alice.answer = () => (order.push('report'), 200);
    const sent = alice.message(bob).then(() => order.push('answer'));
    await deployment.settle();
    const report = device.message(alice.uri, {
      body: cpim({
        messageId: 'n1',
        wanted: '',
        type: 'message/imdn+xml',
        text: '<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>Zk3qTn81</message-id><datetime>2026-03-01T09:00:00Z</datetime><delivery-notification><status><delivered/></status></delivery-notification></imdn>',
      }),
    });
    await deployment.settle();
    expect(order).toEqual([]);
    const [first] = device.unanswered;
    first?.respond(responseTo(first.request, 200));
    await sent;
    expect((await report).status).toBe(200);
    expect(order).toEqual(['answer', 'report']);
  });

  test('480 when nobody is there', async () => {
    const { deployment, alice } = await threePeople();
    await using _ = deployment;
    const refused = await alice.message(bob, { body: imdn });
    expect(refused.status).toBe(480);
    expect(refused.headers.get('Warning')).toContain('disposition notification');
    expect(await waiting(deployment)).toEqual([]);
  });
});
