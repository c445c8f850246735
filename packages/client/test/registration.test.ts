import assert from 'node:assert/strict';
import { hasService } from '@restante/cpm';
import { contacts, cseq, featuresOf, type SipRequest, tokens } from '@restante/sip';
import { expect, test } from 'vitest';
import { AuthenticationFailed, RegistrationRefused, RetryLater } from '../src/index.ts';
import { settle } from '../../../test/support/hand-wound-clock.ts';
import { aScene, registered, user } from './scripted-server.ts';

function contactOf(request: SipRequest) {
  const all = contacts(request);
  const [contact] = all === '*' ? [] : all;
  assert(contact);
  return contact;
}

test('RFC 3261 10.2: a REGISTER goes to the domain, for the user, with what the device can take', async () => {
  await using scene = aScene();
  await scene.client.register();
  assert.equal(scene.client.isRegistered, true);
  const request = await scene.server.next('REGISTER');
  assert.equal(request.uri, 'sip:example.com');
  assert.equal(request.headers.get('To'), `<${user}>`);
  const contact = contactOf(request);
  assert.equal(contact.uri, 'sip:bob@192.0.2.23:5060;transport=tcp');
  const features = featuresOf(contact);
  for (const service of ['msg', 'deferred', 'systemmsg'] as const)
    assert(hasService(features, service), service);
  assert(!hasService(features, 'largemsg'), 'large message mode is not there yet');
});

test('RFC 5626 4.2: the device names itself, its flow, and what it supports', async () => {
  await using scene = aScene();
  await scene.client.register();
  const request = await scene.server.next('REGISTER');
  const { parameters } = contactOf(request);
  assert.equal(parameters.get('+sip.instance'), '<urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d>');
  assert.equal(parameters.get('reg-id'), '1');
  assert.deepEqual(tokens(request, 'Supported').toSorted(), ['gruu', 'outbound', 'path']);
});

test('RFC 5626 4.1: without an instance the device makes one up, as a UUID', async () => {
  await using scene = aScene({ instance: 'urn:uuid:00000000-0000-4000-8000-000000000001' });
  assert.equal(scene.client.instance, 'urn:uuid:00000000-0000-4000-8000-000000000001');
});

test('RFC 3261 10.2.8: 423 is answered by Min-Expires', async () => {
  await using scene = aScene({ registrationSeconds: 60 });
  scene.server.answers.set('REGISTER', (request) =>
    Number(request.headers.get('Expires')) < 600 && request.headers.get('Expires') !== '0'
      ? { status: 423, headers: [['Min-Expires', '600']] }
      : registered(request),
  );
  await scene.client.register();
  const wanted = scene.server.requests.map((request) => request.headers.get('Expires'));
  assert.deepEqual(wanted, ['60', '600']);
  assert.equal(cseq(await scene.server.next('REGISTER')).sequence, 1);
});

test('RFC 3261 10.2.4: the binding is refreshed before it expires, with the same Call-ID and a higher CSeq', async () => {
  await using scene = aScene({ registrationSeconds: 600 });
  const { client, server, clock } = scene;
  await client.register();
  await clock.advance(299_000);
  assert.equal(server.count('REGISTER'), 1);
  await clock.advance(2000);
  await settle();
  assert.equal(server.count('REGISTER'), 2);
  const [first, second] = server.requests;
  assert(first && second);
  assert.equal(second.headers.get('Call-ID'), first.headers.get('Call-ID'));
  assert(cseq(second).sequence > cseq(first).sequence);
  await clock.advance(64_000);
});

test('RFC 3261 10.2.4: the time that the registrar granted counts, not the one asked for', async () => {
  await using scene = aScene({ registrationSeconds: 3600 });
  const { client, server, clock } = scene;
  server.answers.set('REGISTER', (request) => ({
    status: 200,
    headers: [['Contact', (request.headers.get('Contact') ?? '').replace(/expires=\d+/, 'expires=100')]],
  }));
  await client.register();
  await clock.advance(50_000);
  await settle();
  assert.equal(server.count('REGISTER'), 2);
  await clock.advance(40_000);
});

test('RFC 5627: the GRUU of this device is used in the pull', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const gruu = 'sip:bob@example.com;gr=urn:uuid:2ad8950e';
  server.answers.set('REGISTER', (request) => ({
    status: 200,
    headers: [
      [
        'Contact',
        '<sip:bob@198.51.100.9>;+sip.instance="<urn:uuid:other>";pub-gruu="sip:bob@example.com;gr=other";expires=60',
      ],
      ['Contact', `${request.headers.get('Contact') ?? ''};pub-gruu="${gruu}"`],
    ],
  }));
  await client.register();
  assert.equal(client.gruu, gruu);
  await client.pull();
  assert.equal(contactOf(await server.next('INVITE')).uri, gruu);
  await server.next('BYE');
});

test('RFC 3608: the Service-Route is the way of every request but REGISTER, behind the outbound proxy', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  server.answers.set('REGISTER', (request) => ({
    status: 200,
    headers: [
      ['Contact', request.headers.get('Contact') ?? ''],
      ['Service-Route', '<sip:orig@scscf.example.com;lr>, <sip:b.example.com;lr>'],
    ],
  }));
  await client.register();
  await client.send({ to: 'sip:alice@example.com', text: 'Hello' });
  const routes = (await server.next('MESSAGE')).headers.all('Route').join(', ');
  assert.equal(
    routes,
    '<sip:192.0.2.1:5060;transport=tcp;lr>, <sip:orig@scscf.example.com;lr>, <sip:b.example.com;lr>',
  );
  await client.unregister();
  assert.equal(server.requests.at(-1)?.headers.get('Route'), '<sip:192.0.2.1:5060;transport=tcp;lr>');
});

test('RFC 3261 22: a challenge is answered, and the next CSeq is higher still', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const challenge = 'Digest realm="example.com", nonce="n1", algorithm=SHA-256, qop="auth"';
  server.answers.set('REGISTER', (request) =>
    request.headers.has('Authorization')
      ? registered(request)
      : { status: 401, headers: [['WWW-Authenticate', challenge]] },
  );
  await client.register();
  await client.register();
  const sequences = server.requests.map((request) => cseq(request).sequence);
  assert.deepEqual(
    sequences,
    [...new Set(sequences)].toSorted((a, b) => a - b),
  );
  assert.match(server.requests.at(-1)?.headers.get('Authorization') ?? '', /algorithm=SHA-256/);
});

test('wrong credentials are an AuthenticationFailed, a refusal a RegistrationRefused, an overload a RetryLater', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  const challenge = 'Digest realm="example.com", nonce="n1", algorithm=MD5, qop="auth"';
  server.answers.set('REGISTER', () => ({ status: 401, headers: [['WWW-Authenticate', challenge]] }));
  await expect(client.register()).rejects.toBeInstanceOf(AuthenticationFailed);
  server.answers.set('REGISTER', () => 403);
  await expect(client.register()).rejects.toBeInstanceOf(RegistrationRefused);
  server.answers.set('REGISTER', () => ({ status: 503, headers: [['Retry-After', '7']] }));
  const failure = await client.register().catch((error: unknown) => error);
  assert(failure instanceof RetryLater && failure.retryAfterSeconds === 7);
  assert.equal(client.isRegistered, false);
  await clock.advance(64_000);
});

test('RFC 5626 4.5: a refresh that fails is tried again, when the registrar says or after ever longer times', async () => {
  await using scene = aScene({ registrationSeconds: 100 });
  const { client, server, clock } = scene;
  await client.register();
  server.answers.set('REGISTER', () => ({ status: 503, headers: [['Retry-After', '20']] }));
  await clock.advance(50_000);
  await settle();
  assert.equal(server.count('REGISTER'), 2);
  server.answers.set('REGISTER', () => 500);
  await clock.advance(20_000);
  await settle();
  assert.equal(server.count('REGISTER'), 3);
  server.answers.set('REGISTER', registered);
  await clock.advance(60_000);
  await settle();
  assert.equal(server.count('REGISTER'), 4);
});

test('RFC 5626 4.4: when the flow of the registration breaks, another one is made', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  await client.register();
  server.breakConnections();
  await clock.advance(5000);
  await settle();
  assert.equal(server.count('REGISTER'), 2);
});

test('closing takes the binding away and ends every loop', async () => {
  const scene = aScene();
  await scene.client.register();
  const loops = [
    scene.client.messages(),
    scene.client.dispositions(),
    scene.client.deferredNotifications(),
  ].map(async (stream) => {
    for await (const _ of stream) assert.fail('nothing was sent');
  });
  await scene[Symbol.asyncDispose]();
  await Promise.all(loops);
  assert.equal(scene.server.requests.at(-1)?.headers.get('Expires'), '0');
  await expect(scene.client.pull()).rejects.toMatchObject({ name: 'ClientClosed' });
  await expect(scene.client.register()).rejects.toMatchObject({ name: 'ClientClosed' });
});

test('a registrar that is gone does not keep closing waiting', async () => {
  const scene = aScene();
  await scene.client.register();
  scene.server.answers.set('REGISTER', () => undefined);
  const closed = scene.client.close();
  await scene.clock.advance(2000);
  await closed;
  assert.equal(scene.clock.pending(), 0);
});

test('RFC 3261 10.2: REGISTERs go one after another, and no CSeq is used twice', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.answers.set('REGISTER', async (request) => {
    await promise;
    return registered(request);
  });
  const both = [client.register(), client.register()];
  await settle();
  assert.equal(server.count('REGISTER'), 1);
  resolve();
  await Promise.all(both);
  await client.unregister();
  assert.equal(client.isRegistered, false);
  await client.register();
  const sequences = server.requests.map((request) => cseq(request).sequence);
  assert.deepEqual(sequences, [1, 2, 3, 4]);
});

test('a binding that could not be refreshed counts until it expires', async () => {
  await using scene = aScene({ registrationSeconds: 100 });
  const { client, server, clock } = scene;
  await client.register();
  server.answers.set('REGISTER', () => 500);
  await clock.advance(99_000);
  assert.equal(client.isRegistered, true);
  await clock.advance(2000);
  assert.equal(client.isRegistered, false);
});

test('a registrar that grants nothing is not asked without a pause', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  server.answers.set('REGISTER', (request) => ({
    status: 200,
    headers: [['Contact', (request.headers.get('Contact') ?? '').replace(/expires=\d+/, 'expires=0')]],
  }));
  await client.register();
  await clock.advance(3500);
  assert.equal(server.count('REGISTER'), 4);
});

test('an unusable user, server or transport is a TypeError that names it', () => {
  assert.throws(() => aScene({ user: 'sip:example.com' }), /sip:example\.com/);
  assert.throws(() => aScene({ user: 'tel:+15550123' }), /domain/);
  assert.throws(() => aScene({ server: 'tel:+15550123' }), /tel:\+15550123/);
  assert.throws(() => aScene({ server: 'wss://pf.example.com' }), /WSS/);
});
