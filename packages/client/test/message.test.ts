import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import {
  acceptContactFor,
  cpimHeader,
  composeCpim,
  composeImdn,
  imdnHeader,
  parseCpim,
  parseImdn,
  readImdnRequest,
  serializeCpim,
} from '@restante/cpm';
import { accepts, serializedLength, type SipRequest } from '@restante/sip';
import { expect, test } from 'vitest';
import { type DispositionReport, MessageRefused, MessageTooLarge, RetryLater } from '../src/index.ts';
import { settle } from '../../../test/support/hand-wound-clock.ts';
import { aScene, nextOf, type Scene, user } from './scripted-server.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const alice = 'sip:alice@example.com';

function imdnOf(request: SipRequest) {
  return parseImdn(parseCpim(request.body).content.body);
}

function aPlainCpim(messageId: string): Uint8Array {
  const [from, to] = [{ uri: alice }, { uri: user }];
  return composeCpim({ from, to, date: 0, messageId, contentType: 'text/plain', body: encode('x') });
}

async function registeredScene(...options: Parameters<typeof aScene>): Promise<Scene> {
  const scene = aScene(...options);
  await scene.client.register();
  return scene;
}

test('CL-12: a deferred message is answered 200 and shown with all that is known of it', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const answer = await server.deliver({ subject: 'Lunch' }, [
    ['P-Asserted-Identity', '"Alice" <tel:+15550100>'],
    ['Conversation-ID', 'c1'],
    ['Contribution-ID', 'k1'],
  ]);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.has('Contact'), false, 'RFC 3428 section 7');
  const { body, cpim, displayed, ...shown } = await nextOf(client.messages());
  assert.deepEqual(shown, {
    from: 'tel:+15550100',
    fromName: 'Alice',
    to: user,
    text: 'Lunch at noon?',
    contentType: 'text/plain;charset=UTF-8',
    subject: 'Lunch',
    messageId: 'm1',
    conversationId: 'c1',
    contributionId: 'k1',
    sentAt: Date.UTC(2026, 2, 1, 8),
    deferred: true,
  });
  assert.equal(new TextDecoder().decode(body), 'Lunch at noon?');
  assert(cpim);
  await displayed();
  assert.equal(server.count('MESSAGE'), 0, 'nobody asked for a notification');
});

test('CL-12: a message is deferred by its feature tag or because it was listed as waiting', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const asMsg = [['Accept-Contact', acceptContactFor('msg')]] as const;
  await server.notify({ messages: [{ uri: 'sip:dm-1@pf', mode: 'pager', messageId: 'listed' }] });
  for (const id of ['listed', 'direct'])
    await server.ask('MESSAGE', [...asMsg, ['Content-Type', 'message/cpim']], aPlainCpim(id));
  const shown: [string | undefined, boolean][] = [];
  for await (const { messageId, deferred } of client.messages())
    if (shown.push([messageId, deferred]) === 2) break;
  assert.deepEqual(shown, [
    ['listed', true],
    ['direct', false],
  ]);
});

test('CL-12, D-6: the same message a second time is answered 200, shown once and reported once', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const dispositions = ['positive-delivery'];
  for (let time = 1; time <= 2; time += 1) assert.equal((await server.deliver({ dispositions })).status, 200);
  assert.equal(
    (await server.deliver({ dispositions }, [['P-Asserted-Identity', '<sip:carol@example.com>']])).status,
    200,
  );
  await settle();
  const shown: string[] = [];
  for await (const { from } of client.messages()) if (shown.push(from) === 2) break;
  assert.deepEqual(shown, [alice, 'sip:carol@example.com'], 'another sender may use the same Message-ID');
  assert.equal(server.count('MESSAGE'), 2);
});

test('CL-12: a positive-delivery notification is sent when asked for, along the recorded route (RFC 5438 7.2.1.1)', async () => {
  await using scene = await registeredScene();
  const { server } = scene;
  const cpim = serializeCpim({
    headers: [
      { name: 'From', value: `<${alice}>` },
      { name: 'To', value: `<${user}>` },
      { name: 'DateTime', value: '2026-03-01T08:00:00Z' },
      { name: 'Message-ID', namespace: 'urn:ietf:params:imdn', value: 'm7' },
      {
        name: 'Disposition-Notification',
        namespace: 'urn:ietf:params:imdn',
        value: 'positive-delivery, display',
      },
      { name: 'IMDN-Record-Route', namespace: 'urn:ietf:params:imdn', value: '<sip:pf.example.com>' },
      { name: 'IMDN-Record-Route', namespace: 'urn:ietf:params:imdn', value: '<sip:opf.example.org>' },
    ],
    content: { headers: [['Content-Type', 'text/plain']], body: encode('Hello') },
  });
  const headers = [
    ['Conversation-ID', 'c7'],
    ['Content-Type', 'message/cpim'],
  ] as const;
  assert.equal((await server.ask('MESSAGE', headers, cpim)).status, 200);
  const report = await server.next('MESSAGE');
  assert.equal(report.uri, 'sip:pf.example.com');
  assert.equal(report.headers.get('Conversation-ID'), 'c7');
  assert(serializedLength(report) <= 1300, 'RFC 3428 section 8');
  const sent = parseCpim(report.body);
  assert.equal(cpimHeader(sent, 'To'), `<${alice}>`);
  assert.equal(imdnHeader(sent, 'Disposition-Notification'), undefined);
  assert.deepEqual(
    sent.headers.filter(({ name }) => name === 'IMDN-Route').map(({ value }) => value),
    ['<sip:pf.example.com>', '<sip:opf.example.org>'],
  );
  assert.deepEqual(imdnOf(report).report, { kind: 'delivery', status: 'delivered' });
  assert.equal(imdnOf(report).messageId, 'm7');
});

test('CL-12: without a recorded route the notification goes to the sender as the network knows it', async () => {
  await using scene = await registeredScene();
  const from = { uri: 'sip:anonymous@anonymous.invalid' };
  await scene.server.deliver({ from, dispositions: ['positive-delivery'] }, [
    ['P-Asserted-Identity', '<tel:+15550100>'],
  ]);
  assert.equal((await scene.server.next('MESSAGE')).uri, 'tel:+15550100');
});

test('RFC 3323: nobody is told about a message of an anonymous sender', async () => {
  await using scene = await registeredScene();
  await scene.server.deliver({ dispositions: ['positive-delivery'] }, [
    ['From', '<sip:anonymous@anonymous.invalid>;tag=1'],
  ]);
  await settle();
  assert.equal(scene.server.count('MESSAGE'), 0);
});

test('CL-12: a delivery notification that the network cannot take now is sent later, one it refuses is not', async () => {
  await using scene = await registeredScene();
  const { server, clock } = scene;
  server.answers.set('MESSAGE', () => ({ status: 503, headers: [['Retry-After', '10']] }));
  await server.deliver({ dispositions: ['positive-delivery'] });
  await settle();
  assert.equal(server.count('MESSAGE'), 1);
  server.answers.set('MESSAGE', () => 403);
  await clock.advance(9999);
  assert.equal(server.count('MESSAGE'), 1);
  await clock.advance(1);
  await settle();
  assert.equal(server.count('MESSAGE'), 2);
  await clock.advance(300_000);
  assert.equal(server.count('MESSAGE'), 2);
});

test('CL-12: displayed() tells the sender once, and only where that was asked for', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  await server.deliver({ dispositions: ['display'] });
  const message = await nextOf(client.messages());
  assert.equal(server.count('MESSAGE'), 0);
  await Promise.all([message.displayed(), message.displayed()]);
  assert.equal(server.count('MESSAGE'), 1);
  assert.deepEqual(imdnOf(await server.next('MESSAGE')).report, { kind: 'display', status: 'displayed' });
});

test('RFC 3428 8: one MESSAGE at a time for each target, others do not wait', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.answers.set('MESSAGE', async ({ uri }) => {
    if (uri === alice) await promise;
    return 200;
  });
  const first = client.send({ to: alice, text: '1' });
  const second = client.send({ to: alice, text: '2' });
  const stop = new AbortController();
  const third = client.send({ to: alice, text: '3', signal: stop.signal });
  await client.send({ to: 'sip:carol@example.com', text: 'other' });
  assert.equal(server.requests.filter(({ uri }) => uri === alice).length, 1);
  stop.abort(new Error('too late'));
  resolve();
  await Promise.all([first, second]);
  await expect(third).rejects.toThrow('too late');
  assert.equal(server.requests.filter(({ uri }) => uri === alice).length, 2);
});

test('7.2.1: a message has its CPIM, its identifiers, its service and its dates', async () => {
  await using scene = aScene({ displayName: 'Bob' });
  const { client, server } = scene;
  const sent = await client.send({
    to: 'tel:+15550100',
    text: 'Grüße',
    subject: 'Hi',
    expiresSeconds: 3600,
    inReplyTo: 'k0',
  });
  assert.equal(sent.status, 'accepted');
  const request = await server.next('MESSAGE');
  assert.equal(request.uri, 'tel:+15550100');
  const expected = {
    'Conversation-ID': sent.conversationId,
    'Contribution-ID': sent.contributionId,
    'InReplyTo-Contribution-ID': 'k0',
    Expires: '3600',
    Date: 'Sun, 01 Mar 2026 09:00:00 GMT',
    'Accept-Contact': acceptContactFor('msg'),
    'P-Preferred-Service': 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg',
    'P-Preferred-Identity': `<${user}>`,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(request.headers.get(name), value, name);
  assert.equal(request.headers.has('Contact'), false, 'RFC 3428 section 4');
  const cpim = parseCpim(request.body);
  assert.equal(cpimHeader(cpim, 'From'), `"Bob" <${user}>`);
  assert.equal(cpimHeader(cpim, 'Subject'), 'Hi');
  const about = readImdnRequest(cpim);
  assert.equal(about?.messageId, sent.messageId);
  assert.deepEqual(about?.dispositions, new Set(['positive-delivery', 'negative-delivery']));
  assert.equal(new TextDecoder().decode(cpim.content.body), 'Grüße');
});

test('RFC 3428 7: 200 is delivered, 202 accepted', async () => {
  await using scene = aScene();
  scene.server.answers.set('MESSAGE', () => 200);
  assert.equal((await scene.client.send({ to: alice, text: 'x' })).status, 'delivered');
});

test('RFC 3428 8: a request above the limit is refused before it is sent; the limit counts what goes out', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  const failure = await client.send({ to: alice, text: 'x'.repeat(1300) }).catch((error: unknown) => error);
  assert(failure instanceof MessageTooLarge);
  assert.equal(failure.limit, 1300);
  assert.equal(server.requests.length, 0);
  await client.send({ to: alice, text: 'x'.repeat(200) });
  assert(serializedLength(await server.next('MESSAGE')) <= 1300);
});

test('refusals are typed: 404 and 6xx MessageRefused, 480 RetryLater', async () => {
  await using scene = aScene();
  for (const status of [404, 415, 603]) {
    scene.server.answers.set('MESSAGE', () => status);
    const failure = await scene.client.send({ to: alice, text: 'x' }).catch((error: unknown) => error);
    assert(failure instanceof MessageRefused && failure.status === status);
  }
  scene.server.answers.set('MESSAGE', () => 480);
  await expect(scene.client.send({ to: alice, text: 'x' })).rejects.toBeInstanceOf(RetryLater);
});

function anImdn(messageId: string, status: 'delivered' | 'failed'): Uint8Array {
  const about = { messageId, from: user, to: alice, recordRoutes: [] };
  return composeImdn({ about, report: { kind: 'delivery', status }, messageId: 'i1', date: 0 }).body;
}

test('7.2.2: a disposition notification is answered 200 and told, also one that is deflated', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const type = ['Content-Type', 'message/cpim'] as const;
  assert.equal((await server.ask('MESSAGE', [type], anImdn('m1', 'delivered'))).status, 200);
  const deflated = [type, ['Content-Encoding', 'deflate']] as const;
  assert.equal((await server.ask('MESSAGE', deflated, deflateSync(anImdn('m2', 'failed')))).status, 200);
  const told: DispositionReport[] = [];
  for await (const report of client.dispositions()) if (told.push(report) === 2) break;
  assert.deepEqual(
    told.map(({ messageId, status, kind, from }) => ({ messageId, status, kind, from })),
    [
      { messageId: 'm1', status: 'delivered', kind: 'delivery', from: alice },
      { messageId: 'm2', status: 'failed', kind: 'delivery', from: alice },
    ],
  );
});

test('bad input: each body is answered by what is wrong with it', async () => {
  await using scene = await registeredScene({ maxContentBytes: 2000 });
  const { server } = scene;
  const rows: readonly (readonly [
    status: number,
    headers: readonly (readonly [string, string])[],
    body: Uint8Array,
  ])[] = [
    [400, [], encode('no type')],
    [415, [['Content-Type', 'image/png']], encode('png')],
    [400, [['Content-Type', 'message/cpim']], encode('no cpim')],
    [400, [['Content-Type', 'message/cpim']], anImdn('m1', 'delivered').slice(0, -60)],
    [
      415,
      [
        ['Content-Type', 'message/cpim'],
        ['Content-Encoding', 'br'],
      ],
      encode('x'),
    ],
    [
      400,
      [
        ['Content-Type', 'message/cpim'],
        ['Content-Encoding', 'gzip'],
      ],
      encode('x'),
    ],
    [
      413,
      [
        ['Content-Type', 'message/cpim'],
        ['Content-Encoding', 'deflate'],
      ],
      deflateSync(new Uint8Array(100_000)),
    ],
    [413, [['Content-Type', 'text/plain']], new Uint8Array(2001).fill(65)],
  ];
  for (const [status, headers, body] of rows) {
    const answer = await server.ask('MESSAGE', headers, body);
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 415 && !headers.some(([name]) => name === 'Content-Encoding'))
      assert(accepts(answer)?.some(({ name }) => name === 'message/cpim'));
    if (status === 415 && headers.length > 1)
      assert.match(answer.headers.get('Accept-Encoding') ?? '', /deflate/);
  }
});

test('7.2.2: text without CPIM is shown, somebody typing is not', async () => {
  await using scene = await registeredScene();
  const { client, server } = scene;
  const composing = serializeCpim({
    headers: [
      { name: 'From', value: `<${alice}>` },
      { name: 'To', value: `<${user}>` },
    ],
    content: {
      headers: [['Content-Type', 'application/im-iscomposing+xml']],
      body: encode('<isComposing/>'),
    },
  });
  assert.equal((await server.ask('MESSAGE', [['Content-Type', 'message/cpim']], composing)).status, 200);
  assert.equal(
    (await server.ask('MESSAGE', [['Content-Type', 'text/plain;charset=iso-8859-1']], Uint8Array.of(0xe9)))
      .status,
    200,
  );
  const message = await nextOf(client.messages());
  assert.equal(message.text, 'é');
  assert.equal(message.cpim, undefined);
});

test('a full buffer refuses with 503, so that the network keeps the message; what is read makes room', async () => {
  await using scene = await registeredScene({ bufferedValues: 2 });
  const { client, server } = scene;
  for (const messageId of ['m1', 'm2']) assert.equal((await server.deliver({ messageId })).status, 200);
  const refused = await server.deliver({ messageId: 'm3' });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('Retry-After'), '30');
  assert.equal((await nextOf(client.messages())).messageId, 'm1');
  assert.equal((await server.deliver({ messageId: 'm3' })).status, 200);
  const rest: (string | undefined)[] = [];
  for await (const { messageId } of client.messages()) if (rest.push(messageId) === 2) break;
  assert.deepEqual(rest, ['m2', 'm3']);
});

test('OPTIONS is answered with what can be taken, INVITE for a large message with 405', async () => {
  await using scene = await registeredScene();
  const options = await scene.server.ask('OPTIONS', []);
  assert.equal(options.status, 200);
  assert.match(options.headers.get('Accept') ?? '', /message\/cpim/);
  const invite = await scene.server.ask('INVITE', [['Contact', '<sip:192.0.2.1>']]);
  assert.equal(invite.status, 405);
  assert.match(invite.headers.get('Allow') ?? '', /MESSAGE/);
});
