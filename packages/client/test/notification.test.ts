import assert from 'node:assert/strict';
import { type DeferredNotification, notificationMediaType, type WaitingMessageInfo } from '@restante/cpm';
import { test } from 'vitest';
import { settle } from '../../../test/support/hand-wound-clock.ts';
import { aScene, managementUri, nextOf } from './scripted-server.ts';

function aWaiting(id: number): WaitingMessageInfo {
  return { uri: `sip:dm-${id}@pf.example.com`, mode: 'pager' };
}

const parts: readonly Partial<DeferredNotification>[] = [1, 2, 3].map((part) => ({
  number: 3,
  id: 'n1',
  part,
  parts: 3,
  messages: [aWaiting(part)],
}));

test('CL-13: a notification in one MESSAGE is answered 200 and told', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  assert.equal((await server.notify({ messages: [aWaiting(1)] })).status, 200);
  const notification = await nextOf(client.deferredNotifications());
  assert.deepEqual(notification, { number: 1, event: 'waiting', messages: [aWaiting(1)], complete: true });
  assert.deepEqual(client.waiting, [aWaiting(1)]);
});

test('CL-13: the parts of one notification are joined in their order, however they come and however often', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  for (const part of [3, 1, 1, 2, 2]) assert.equal((await server.notify(parts[part - 1] ?? {})).status, 200);
  const told: unknown[] = [];
  const stop = new AbortController();
  const loop = (async () => {
    for await (const notification of client.deferredNotifications({ signal: stop.signal }))
      told.push(notification);
  })();
  await settle();
  stop.abort();
  await loop;
  assert.deepEqual(told, [
    { number: 3, event: 'waiting', messages: [aWaiting(1), aWaiting(2), aWaiting(3)], complete: true },
  ]);
});

test('CL-13: where a part does not come, what there is can be pulled', async () => {
  await using scene = aScene();
  const { client, server, clock } = scene;
  await client.register();
  for (const part of parts.slice(0, 2)) await server.notify(part);
  await clock.advance(32_000);
  const notification = await nextOf(client.deferredNotifications());
  assert.equal(notification.complete, false);
  assert.equal(notification.number, 3);
  assert.deepEqual(client.waiting, [aWaiting(1), aWaiting(2)]);
  assert.equal(client.waitingCount, 3);
});

test('CL-13: the summary form tells the number only', async () => {
  await using scene = aScene();
  await scene.client.register();
  await scene.server.notify({ number: 7 });
  assert.equal((await nextOf(scene.client.deferredNotifications())).number, 7);
  assert.equal(scene.client.waitingCount, 7);
});

const strangers: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['another identity', [['P-Asserted-Identity', '<sip:mallory@pf.example.com>']]],
  ['the right user of another host', [['P-Asserted-Identity', '<sip:x7k2p9@evil.example.com>']]],
  ['no asserted identity, whatever From says', [['From', `<${managementUri}>;tag=1`]]],
];

for (const [who, headers] of strangers)
  test(`CL-13: a notification of a stranger (${who}) is refused with 403 and not shown`, async () => {
    await using scene = aScene();
    const { client, server } = scene;
    await client.register();
    assert.equal((await server.notify({ messages: [aWaiting(1)] }, headers)).status, 403);
    assert.deepEqual(client.waiting, []);
    await server.notify({ number: 0 });
    assert.equal((await nextOf(client.deferredNotifications())).number, 0);
  });

test('CL-13: the asserted identity is compared as a URI, among several', async () => {
  await using scene = aScene();
  await scene.client.register();
  const identities = '"PF" <sip:x7k2p9@PF.example.com>, <tel:+15550199>';
  assert.equal((await scene.server.notify({ number: 1 }, [['P-Asserted-Identity', identities]])).status, 200);
});

test('bad input: a document that cannot be read gets 400 with the fault', async () => {
  await using scene = aScene();
  await scene.client.register();
  const headers = [
    ['P-Asserted-Identity', `<${managementUri}>`],
    ['Content-Type', notificationMediaType],
  ] as const;
  const answer = await scene.server.ask('MESSAGE', headers, new TextEncoder().encode('<deferred-messages'));
  assert.equal(answer.status, 400);
  assert.match(answer.reason, /deferred-messages/);
});

test('what was pulled waits no more; what was not named still does', async () => {
  await using scene = aScene();
  const { client, server } = scene;
  await client.register();
  await server.notify({ messages: [aWaiting(1), aWaiting(2)] });
  await client.pull(new Map([[aWaiting(1).uri, 'deliver']]));
  await server.next('BYE');
  assert.deepEqual(client.waiting, [aWaiting(2)]);
  assert.equal(client.waitingCount, 1);
});

test('the media type and namespace can be those of a network that has its own', async () => {
  await using scene = aScene({
    notificationMediaType: 'application/vnd.example+xml',
    notificationNamespace: 'urn:example',
  });
  await scene.client.register();
  const headers = [
    ['P-Asserted-Identity', `<${managementUri}>`],
    ['Content-Type', 'application/vnd.example+xml'],
  ] as const;
  const body = new TextEncoder().encode('<deferred-messages xmlns="urn:example" number="4"/>');
  assert.equal((await scene.server.ask('MESSAGE', headers, body)).status, 200);
  assert.equal((await nextOf(scene.client.deferredNotifications())).number, 4);
});

test('a failing automatic pull is logged and harms nobody', async () => {
  const warned: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (_: object, sentence: string) => void warned.push(sentence),
    error() {},
  };
  await using scene = aScene({ log, autoPull: () => 'everything' });
  const { client, server } = scene;
  server.answers.set('INVITE', () => 403);
  await client.register();
  await server.notify({ messages: [aWaiting(1)] });
  await server.next('ACK');
  await settle();
  assert.deepEqual(warned, ['automatic pull failed']);
});
