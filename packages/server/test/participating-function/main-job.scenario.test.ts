import { parseDeferredNotification } from '@restante/cpm';
import type { PullAction } from '@restante/cpm';
import type { SipRequest } from '@restante/sip';
import { expect, test } from 'vitest';
import { bob as bobUser, settings, userAt } from './deferred/values.ts';
import { Deployment } from './deployment.ts';
import { cpim, deferredTag } from './requests.ts';

const { managementUri } = settings;
const aliceUser = userAt('sip:alice@example.com');
const text = ({ body }: SipRequest) => new TextDecoder().decode(body);
const numbered = (messageId: string) => cpim({ messageId, text: `message ${messageId}` });

async function withWaiting(...messageIds: string[]) {
  const deployment = await Deployment.start();
  const alice = deployment.peer('alice', '192.0.2.1');
  const bob = deployment.peer('bob', '192.0.2.2');
  await alice.register();
  for (const messageId of messageIds) await alice.message(bob.uri, { body: numbered(messageId) });
  await bob.register();
  await deployment.clock.advance(settings.notification.windowMilliseconds);
  await deployment.settle();
  return { deployment, alice, bob };
}

/** The message-URI-IDs that the notifications name, in order. */
function listed(notifications: readonly SipRequest[]): readonly string[] {
  return notifications.flatMap(({ body }) => parseDeferredNotification(body).messages.map(({ uri }) => uri));
}

test('PF-1 to PF-15: deferred, notified, pulled without a list', async () => {
  const { deployment, bob } = await withWaiting('1', '2', '3');
  await using _ = deployment;
  expect(listed(bob.notifications)).toHaveLength(3);
  expect(bob.notifications[0]?.headers.get('P-Asserted-Identity')).toBe(`<${managementUri}>`);
  const answer = await bob.pull(managementUri);
  await deployment.settle();
  expect(answer.status).toBe(200);
  expect(bob.messages.map(text)).toEqual(['1', '2', '3'].map(numbered));
  const [delivered] = bob.messages;
  expect(delivered?.headers.get('Accept-Contact')).toBe(`*;${deferredTag}`);
  expect(delivered?.headers.get('P-Asserted-Service')).toBe('urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg');
  expect(delivered?.headers.get('P-Asserted-Identity')).toBe('<sip:alice@example.com>');
  expect(delivered?.headers.has('Contact')).toBe(false);
  const empty = await bob.pull(managementUri);
  expect(empty.status).toBe(488);
  expect(empty.headers.get('Warning')).toBe('399 pf.example.com "125 No messages"');
  expect(deployment.complaints).toEqual([]);
});

test('PF-12, PF-15, PF-16, PF-21: pulled with a list', async () => {
  const { deployment, alice, bob } = await withWaiting('1', '2', '3');
  await using _ = deployment;
  const [first = '', second = ''] = listed(bob.notifications);
  const entries: Record<string, PullAction> = {
    [first]: 'delete',
    [second]: 'deliver',
    'sip:dm-unknown@pf.example.com': 'deliver',
  };
  expect((await bob.pull(managementUri, entries)).status).toBe(200);
  await deployment.settle();
  expect(bob.messages.map(text)).toEqual([numbered('2')]);
  expect(
    (await deployment.store.queue.waiting(bobUser)).map(({ dispositions }) => dispositions?.messageId),
  ).toEqual(['3']);
  const [negative] = alice.messages;
  expect(negative && text(negative)).toMatch(/<message-id>1<\/message-id>[\s\S]*<failed\/>/);
});

test('D-9: what the device does not take waits again', async () => {
  const { deployment, bob } = await withWaiting('1');
  await using _ = deployment;
  bob.answer = () => 480;
  await bob.pull(managementUri);
  await deployment.settle();
  const [message] = await deployment.store.queue.waiting(bobUser);
  expect(message).toMatchObject({ attempts: 1, claimed: false });
  bob.answer = () => 200;
  expect((await bob.pull(managementUri)).status).toBe(200);
  await deployment.settle();
  expect(await deployment.store.queue.waiting(bobUser)).toEqual([]);
});

test('D-5: messages, registrations and what was told survive a restart', async () => {
  const { deployment, bob } = await withWaiting('1');
  await using _ = deployment;
  await deployment.stopServer();
  await deployment.startServer();
  await deployment.clock.advance(settings.notification.windowMilliseconds);
  await deployment.settle();
  expect(bob.notifications).toHaveLength(1);
  expect((await bob.pull(managementUri)).status).toBe(200);
  await deployment.settle();
  expect(bob.messages.map(text)).toEqual([numbered('1')]);
});

test('D-8: the other devices of the user get nothing of a pull', async () => {
  const { deployment, bob } = await withWaiting('1');
  await using _ = deployment;
  const tablet = deployment.peer('bob', '192.0.2.9');
  await tablet.register({
    'Call-ID': 'tablet',
    Contact: `<${tablet.address}>;+sip.instance="<urn:uuid:tablet>";+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"`,
  });
  await bob.pull(managementUri);
  await deployment.settle();
  expect(bob.messages).toHaveLength(1);
  expect(tablet.messages).toEqual([]);
});

test('D-17: nobody pulls what is not theirs', async () => {
  const { deployment, alice } = await withWaiting('1');
  await using _ = deployment;
  expect((await alice.pull(managementUri)).status).toBe(488);
  expect(await deployment.store.queue.waiting(bobUser)).toHaveLength(1);
});

test('nothing stays open when the server stops', async () => {
  const { deployment } = await withWaiting('1');
  await deployment[Symbol.asyncDispose]();
  expect(deployment.clock.pending()).toBe(0);
});

test('D-5: a report waits no longer because a crash came between a registration and what it wakes', async () => {
  const { deployment, alice, bob } = await withWaiting();
  await using _ = deployment;
  const { registrations, outbox } = deployment.store;
  const known = await registrations.load();
  await alice.register({ Expires: '0' });
  await bob.register({ Expires: '0' });
  await alice.message(bob.uri, { body: numbered('1'), headers: { Expires: '10' } });
  await deployment.clock.advance(11_000);
  expect(await outbox.nextDue()).toBeGreaterThan(deployment.clock.now());
  await deployment.stopServer();
  await registrations.save(
    aliceUser,
    known.filter(({ user }) => user === aliceUser),
  );
  await deployment.startServer();
  await alice.register();
  await deployment.settle();
  expect(alice.messages.map(text)).toEqual([expect.stringMatching(/<failed\/>/)]);
});
