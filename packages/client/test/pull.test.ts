import assert from 'node:assert/strict';
import { hasService, readPullList, requestedServices } from '@restante/cpm';
import {
  acceptContacts,
  contacts,
  contentType,
  featuresOf,
  leafParts,
  parseSdp,
  type SipRequest,
  tokens,
} from '@restante/sip';
import { expect, test } from 'vitest';
import {
  AuthenticationFailed,
  NetworkTimeout,
  NotProvisioned,
  PullRefused,
  RequestTimeout,
  RetryLater,
  TransportFailure,
} from '../src/index.ts';
import { settle } from '../../../test/support/hand-wound-clock.ts';
import { aScene, managementUri, nextOf } from './scripted-server.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function onlyContact(request: SipRequest) {
  const all = contacts(request);
  const [contact] = all === '*' ? [] : all;
  assert(contact);
  return contact;
}

test('CL-1: one INVITE manages the deferred messages, started by the user', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  assert.deepEqual(await client.pull(), { kind: 'accepted' });
  await server.next('BYE');
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ['INVITE', 'ACK', 'BYE'],
  );
});

test('CL-1: or started by a setting, from each notification', async () => {
  const wanted = new Map([['sip:dm-1@pf.example.com', 'deliver']] as const);
  await using scene = aScene({ autoPull: ({ number }) => (number > 0 ? wanted : undefined) });
  const { client, server } = scene;
  await client.register();
  await server.notify({ number: 0 });
  await server.notify({ messages: [{ uri: 'sip:dm-1@pf.example.com', mode: 'pager' }] });
  const invite = await server.next('INVITE');
  assert.match(text(invite.body), /dm-1@pf\.example\.com\?cpm_action=deliver/);
  await server.next('BYE');
  assert.equal(server.count('INVITE'), 1);
});

test('CL-2: the Request-URI is the provisioned URI as it stands', async () => {
  await using scene = aScene();
  await scene.client.pull();
  const invite = await scene.server.next('INVITE');
  assert.equal(invite.uri, managementUri);
  await scene.server.next('BYE');
});

test('CL-3 and CL-4: the feature tag stands in Contact, with the device, and in Accept-Contact', async () => {
  await using scene = aScene();
  await scene.client.pull();
  const invite = await scene.server.next('INVITE');
  const contact = onlyContact(invite);
  assert(hasService(featuresOf(contact), 'deferred'));
  assert.equal(contact.parameters.get('+sip.instance'), '<urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d>');
  assert(requestedServices(acceptContacts(invite)).has('deferred'));
  assert.equal(invite.headers.get('P-Preferred-Service'), 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.deferred');
  assert.equal(invite.headers.get('P-Preferred-Identity'), '<sip:bob@example.com>');
  assert.match(invite.headers.get('User-Agent') ?? '', /^CPM-client\/OMA1\.0 /);
  await scene.server.next('BYE');
});

test('CL-5: the offer says message/cpim and recvonly; without a list it is the whole body', async () => {
  await using scene = aScene();
  await scene.client.pull();
  const invite = await scene.server.next('INVITE');
  assert.equal(contentType(invite)?.name, 'application/sdp');
  assert.equal(invite.headers.has('Require'), false);
  const lines = text(invite.body).split('\r\n');
  assert(lines.includes('a=accept-types:message/cpim'));
  assert(lines.includes('a=recvonly'));
  assert(parseSdp(text(invite.body)));
  await scene.server.next('BYE');
});

test('CL-6: with a list the body has an offer and a resource list, and Require says so', async () => {
  await using scene = aScene();
  await scene.client.pull(new Map([['sip:dm-1@pf.example.com', 'deliver']]));
  const invite = await scene.server.next('INVITE');
  assert.deepEqual(tokens(invite, 'Require'), ['recipient-list-invite']);
  const [sdp, list] = leafParts(invite);
  assert(sdp && list);
  assert.equal(contentType(sdp)?.name, 'application/sdp');
  assert.equal(contentType(list)?.name, 'application/resource-lists+xml');
  assert.equal(list.headers.get('Content-Disposition'), 'recipient-list');
  await scene.server.next('BYE');
});

test('CL-7: each entry has its one action, in the order given', async () => {
  await using scene = aScene();
  const actions = new Map([
    ['sip:dm-1@pf.example.com', 'deliver'],
    ['sip:dm-2@pf.example.com', 'delete'],
    ['sip:dm-3@pf.example.com', 'interwork'],
    ['sip:dm-4@pf.example.com', 'store'],
  ] as const);
  await scene.client.pull(actions);
  const list = leafParts(await scene.server.next('INVITE'))[1];
  assert(list);
  assert.deepEqual(
    readPullList(list.body).map(({ uri, action }) => [uri, action]),
    [...actions],
  );
  await scene.server.next('BYE');
});

test('CL-6, D-2: an empty list asks for nothing and is never sent as "everything"', async () => {
  await using scene = aScene();
  assert.deepEqual(await scene.client.pull(new Map()), { kind: 'nothing-waiting' });
  assert.equal(scene.server.requests.length, 0);
});

test('CL-8: the media plane is described as not to be set up, and nobody is connected to', async () => {
  await using scene = aScene();
  await scene.client.pull();
  const invite = await scene.server.next('INVITE');
  assert.match(text(invite.body), /^m=message 9 TCP\/MSRP \*\r$/m);
  assert.match(text(invite.body), /^a=setup:active\r$/m);
  await scene.server.next('BYE');
  const targets = new Set(scene.network.packets.map(({ to }) => to.host));
  assert.deepEqual(targets, new Set(['192.0.2.1', '192.0.2.23']));
});

const noMessages = [['Warning', '399 pf.example.com "125 No messages"']] as const;

test('CL-9: 488 with warning text 125 says that nothing waits; what was known to wait is forgotten', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  await server.notify({ messages: [{ uri: 'sip:dm-1@pf.example.com', mode: 'pager' }] });
  assert.equal(client.waiting.length, 1);
  server.answers.set('INVITE', () => ({ status: 488, headers: noMessages }));
  assert.deepEqual(await client.pull(), { kind: 'nothing-waiting' });
  assert.deepEqual(client.waiting, []);
  assert.equal(server.count('INVITE'), 1);
  await server.next('ACK');
  assert.equal(server.count('BYE'), 0);
});

test('CL-9: the text decides among several warnings, whatever their code and agent', async () => {
  await using scene = aScene();
  const warnings = '305 a "Incompatible media format", 301 - "125 No messages"';
  scene.server.answers.set('INVITE', () => ({ status: 488, headers: [['Warning', warnings]] }));
  assert.deepEqual(await scene.client.pull(), { kind: 'nothing-waiting' });
});

test('CL-9: 488 for another reason is an error with its warnings', async () => {
  await using scene = aScene();
  scene.server.answers.set('INVITE', () => ({
    status: 488,
    headers: [['Warning', '305 pf "1250 Incompatible"']],
  }));
  const failure = await scene.client.pull().catch((error: unknown) => error);
  assert(failure instanceof PullRefused);
  assert.equal(failure.status, 488);
  assert.deepEqual(failure.warnings, [{ code: 305, agent: 'pf', text: '1250 Incompatible' }]);
});

const challenge = [
  ['WWW-Authenticate', 'Digest realm="example.com", nonce="n1", algorithm=MD5, qop="auth"'],
] as const;

test('CL-10: a challenge is answered with the credentials, in a new INVITE', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const accept = server.answers.get('INVITE');
  assert(accept);
  server.answers.set('INVITE', (request) =>
    request.headers.has('Authorization') ? accept(request) : { status: 401, headers: challenge },
  );
  assert.deepEqual(await client.pull(), { kind: 'accepted' });
  const [first, second] = server.requests.filter(({ method }) => method === 'INVITE');
  assert.match(second?.headers.get('Authorization') ?? '', /username="bob".*realm="example\.com"/);
  assert.equal(second?.headers.get('Call-ID'), first?.headers.get('Call-ID'));
  await server.next('BYE');
});

test('CL-10: credentials that are not good enough are an AuthenticationFailed', async () => {
  await using scene = aScene();
  scene.server.answers.set('INVITE', () => ({ status: 401, headers: challenge }));
  await expect(scene.client.pull()).rejects.toBeInstanceOf(AuthenticationFailed);
  assert(scene.server.count('INVITE') <= 3);
});

test('CL-10: a redirection is followed', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const accept = server.answers.get('INVITE');
  assert(accept);
  server.answers.set('INVITE', (request) =>
    request.uri === managementUri
      ? { status: 302, headers: [['Contact', '<sip:new@pf.example.com>']] }
      : accept(request),
  );
  assert.deepEqual(await client.pull(), { kind: 'accepted' });
  const invites = server.requests.filter(({ method }) => method === 'INVITE').map(({ uri }) => uri);
  assert.deepEqual(invites, [managementUri, 'sip:new@pf.example.com']);
  await server.next('BYE');
});

for (const status of [480, 486, 503])
  test(`CL-10: after ${status} with Retry-After nothing is sent before the time is over`, async () => {
    await using scene = aScene();
    const { client, server, clock } = scene;
    server.answers.set('INVITE', () => ({ status, headers: [['Retry-After', '60']] }));
    const failure = await client.pull().catch((error: unknown) => error);
    assert(failure instanceof RetryLater);
    assert.equal(failure.retryAfterSeconds, 60);
    await clock.advance(59_000);
    await expect(client.pull()).rejects.toMatchObject({ status, retryAfterSeconds: 1 });
    assert.equal(server.count('INVITE'), 1);
    await clock.advance(1000);
    await expect(client.pull()).rejects.toBeInstanceOf(RetryLater);
    assert.equal(server.count('INVITE'), 2);
    await clock.advance(64_000);
  });

test('CL-10: 408 is told as such, and silence as RequestTimeout', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  server.answers.set('INVITE', () => 408);
  await expect(client.pull()).rejects.toBeInstanceOf(NetworkTimeout);
  server.answers.set('INVITE', () => undefined);
  const silence = client.pull().catch((error: unknown) => error);
  await clock.advance(200_000);
  assert((await silence) instanceof RequestTimeout);
});

test('CL-10: 420 is not taken for leave to drop the list, and 421 not answered with what we have not got', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  server.answers.set('INVITE', () => ({ status: 420, headers: [['Unsupported', 'recipient-list-invite']] }));
  const failure = await client.pull(new Map([['sip:dm-1@pf', 'delete']])).catch((error: unknown) => error);
  assert(failure instanceof PullRefused);
  assert.equal(failure.status, 420);
  assert.deepEqual(tokens(failure.response, 'Unsupported'), ['recipient-list-invite']);
  server.answers.set('INVITE', () => ({ status: 421, headers: [['Require', 'sec-agree']] }));
  await expect(client.pull()).rejects.toMatchObject({ status: 421 });
  assert.equal(server.count('INVITE'), 2);
});

for (const status of [400, 403, 404, 415, 500, 603])
  test(`CL-10: ${status} is final: PullRefused with its reason`, async () => {
    await using scene = aScene();
    scene.server.answers.set('INVITE', () => ({ status, reason: 'Because' }));
    await expect(scene.client.pull()).rejects.toMatchObject({
      name: 'PullRefused',
      status,
      reason: 'Because',
    });
    assert.equal(scene.server.count('INVITE'), 1);
  });

test('CL-10: a server that cannot be reached is a TransportFailure', async () => {
  await using scene = aScene({ server: 'sip:192.0.2.99:5060;transport=tcp' });
  await expect(scene.client.pull()).rejects.toBeInstanceOf(TransportFailure);
});

test('CL-11: 200 is followed by ACK and then BYE, in the same dialog; a missing answer to BYE harms nobody', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  server.answers.set('BYE', () => undefined);
  assert.deepEqual(await client.pull(), { kind: 'accepted' });
  const bye = await server.next('BYE');
  const [invite, ack] = server.requests;
  assert.equal(ack?.method, 'ACK');
  assert.equal(ack?.headers.get('CSeq')?.split(' ')[0], invite?.headers.get('CSeq')?.split(' ')[0]);
  for (const request of [ack, bye]) {
    assert.equal(request?.uri, 'sip:192.0.2.1:5060;transport=tcp');
    assert.equal(request?.headers.get('Call-ID'), invite?.headers.get('Call-ID'));
    assert.match(request?.headers.get('To') ?? '', /;tag=server$/);
  }
  await clock.advance(64_000);
});

test('CL-12: deliveries come before, while and after the answer, and each is shown', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  const accept = server.answers.get('INVITE');
  assert(accept);
  server.answers.set('INVITE', async (request) => {
    assert.equal((await server.deliver({ messageId: 'before' })).status, 200);
    return accept(request);
  });
  server.answers.set('BYE', async () => {
    await server.deliver({ messageId: 'while' });
    return 200;
  });
  await client.pull();
  await server.next('BYE');
  await server.deliver({ messageId: 'after' });
  const shown: (string | undefined)[] = [];
  for await (const { messageId } of client.messages()) if (shown.push(messageId) === 3) break;
  assert.deepEqual(shown, ['before', 'while', 'after']);
});

test('CL-14: an expiry notification is told as one, and its messages are handled in the same way', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  const expiry = Date.UTC(2026, 2, 1, 10);
  await server.notify({
    event: 'expiring',
    messages: [{ uri: 'sip:dm-9@pf.example.com', mode: 'pager', expiry }],
  });
  const { event, messages } = await nextOf(client.deferredNotifications());
  assert.equal(event, 'expiring');
  assert.deepEqual(
    messages.map((message) => message.expiry),
    [expiry],
  );
  await client.pull(new Map(messages.map(({ uri }) => [uri, 'delete'])));
  assert.match(text((await server.next('INVITE')).body), /dm-9@pf\.example\.com\?cpm_action=delete/);
  await server.next('BYE');
});

test('a pull can be abandoned: before it is sent, and while it waits (RFC 3261 section 9.1)', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  await expect(
    client.pull('everything', { signal: AbortSignal.abort(new Error('never mind')) }),
  ).rejects.toThrow('never mind');
  assert.equal(server.requests.length, 0);
  const controller = new AbortController();
  server.answers.set('INVITE', () => undefined);
  const pulled = client.pull('everything', { signal: controller.signal }).catch((error: unknown) => error);
  await server.next('INVITE');
  controller.abort(new Error('changed my mind'));
  const failure = await pulled;
  assert(failure instanceof Error && failure.message === 'changed my mind');
  await settle();
  await clock.advance(200_000);
});

test('in a trust domain the identity is asserted, else preferred (RFC 3325)', async () => {
  await using scene = aScene({ trusted: true });
  await scene.client.pull();
  const invite = await scene.server.next('INVITE');
  assert.equal(invite.headers.get('P-Asserted-Identity'), '<sip:bob@example.com>');
  assert.equal(invite.headers.has('P-Preferred-Identity'), false);
  await scene.server.next('BYE');
});

test('without a provisioned URI nothing is pulled, and no notification is taken', async () => {
  await using scene = aScene({ deferredManagementUri: 'none' });
  await scene.client.register();
  await expect(scene.client.pull()).rejects.toBeInstanceOf(NotProvisioned);
  assert.equal((await scene.server.notify({ number: 1 })).status, 403);
});
