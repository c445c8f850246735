import { contacts } from '@restante/sip';
import type { SipResponse } from '@restante/sip';
import { describe, expect, test } from 'vitest';
import { cpmFeatures, settings } from './deferred/values.ts';
import { Deployment } from './deployment.ts';

async function withBob(options: Parameters<typeof Deployment.start>[0] = {}) {
  const deployment = await Deployment.start(options);
  return { deployment, bob: deployment.peer('bob', '192.0.2.2') };
}

function listed(response: SipResponse): readonly string[] {
  const found = contacts(response);
  return found === '*'
    ? [found]
    : found.map(({ uri, parameters }) => `${uri} ${String(parameters.get('expires'))}`);
}

describe('RFC 3261 10.3', () => {
  test('step 8: the answer lists every binding with what is left of it, and the time', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    await bob.register({ Contact: '<sip:bob@192.0.2.3>;expires=600' });
    await deployment.clock.advance(60_000);
    const answer = await bob.register();
    expect(listed(answer)).toEqual(['sip:bob@192.0.2.3 540', 'sip:bob@192.0.2.2:5060 3600']);
    expect(answer.headers.get('Date')).toBe('Sun, 01 Mar 2026 09:01:00 GMT');
    expect(answer.headers.all('Contact')[1]).toContain(cpmFeatures);
  });

  test('step 5: nobody of another domain', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    for (const To of ['<sip:bob@elsewhere.example>', '<sip:example.com>', `<${settings.managementUri}>`])
      expect((await bob.register({ To })).status).toBe(404);
  });

  test('RFC 5627 5.1: an address of the domain is no client', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    for (const contact of [bob.uri, 'sip:alice@example.com', 'sip:bob@example.com;gr=urn:uuid:1'])
      expect((await bob.register({ Contact: `<${contact}>` })).status).toBe(403);
  });

  test('step 7: an outdated CSeq changes nothing', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    await bob.register({ CSeq: '7 REGISTER' });
    const refused = await bob.register({ CSeq: '6 REGISTER', Contact: '<sip:bob@192.0.2.2:5060>;expires=0' });
    expect(refused).toMatchObject({ status: 500, reason: 'CSeq is not above that of the last REGISTER' });
    expect(listed(await bob.register({ Contact: '' }))).toHaveLength(1);
  });

  test('step 7: a binding ends by the clock', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    await bob.register({ Expires: '60' });
    await deployment.clock.advance(60_000);
    expect(listed(await bob.register({ Contact: '' }))).toEqual([]);
  });

  test('two at a time for one user are not mixed up', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((name) => bob.register({ 'Call-ID': name, Contact: `<sip:${name}@192.0.2.2>` })),
    );
    expect(answers.map((answer) => listed(answer).length)).toEqual([1, 2, 3]);
  });

  test('steps 3 and 4: elsewhere a client authenticates as the user it registers', async () => {
    const { deployment } = await withBob();
    await using _ = deployment;
    await deployment.account('bob', 'secret');
    const bob = deployment.peer('bob', '198.51.100.2');
    expect((await bob.register()).status).toBe(401);
    const options = { credentials: { username: 'bob', password: 'secret' } };
    expect((await bob.register({}, options)).status).toBe(200);
    expect((await bob.register({}, { credentials: { username: 'bob', password: 'wrong' } })).status).toBe(
      401,
    );
    expect((await bob.register({ To: '<sip:alice@example.com>' }, options)).status).toBe(403);
  });

  test('bindings survive a restart', async () => {
    const { deployment, bob } = await withBob();
    await using _ = deployment;
    await bob.register();
    await deployment.stopServer();
    await deployment.startServer();
    expect(listed(await bob.register({ Contact: '' }))).toEqual(['sip:bob@192.0.2.2:5060 3600']);
    await bob.register({ Contact: '*', Expires: '0' });
    await deployment.stopServer();
    await deployment.startServer();
    expect(listed(await bob.register({ Contact: '' }))).toEqual([]);
  });

  test('D-22: what the store does not take is not registered: 503 with Retry-After', async () => {
    const { deployment, bob } = await withBob({ full: true });
    await using _ = deployment;
    const refused = await bob.register();
    expect(refused.status).toBe(503);
    expect(refused.headers.has('Retry-After')).toBe(true);
    expect(listed(await bob.register({ Contact: '' }))).toEqual([]);
  });
});

test('RFC 3327 5.3: Path is kept, echoed and followed', async () => {
  const { deployment, bob } = await withBob();
  await using _ = deployment;
  const alice = deployment.peer('alice', '192.0.2.1');
  const Path = '<sip:192.0.2.2:5060;lr>';
  const answer = await bob.register({
    Path,
    Supported: 'path',
    Contact: `<sip:bob@10.0.0.1>;${cpmFeatures}`,
  });
  expect(answer.headers.all('Path')).toEqual([Path]);
  expect((await bob.register({ Path })).status).toBe(421);
  expect((await alice.message(bob.uri)).status).toBe(200);
  expect(bob.messages[0]?.uri).toBe('sip:bob@10.0.0.1');
  expect(bob.messages[0]?.headers.get('Route')).toBe(Path);
});

test('RFC 3581: a client behind a NAT is reached where its REGISTER came from', async () => {
  const { deployment, bob } = await withBob();
  await using _ = deployment;
  const alice = deployment.peer('alice', '192.0.2.1');
  await bob.register({ Contact: `<sip:bob@10.0.0.1:5060>;${cpmFeatures}` });
  expect((await alice.message(bob.uri)).status).toBe(200);
  expect(bob.messages[0]?.uri).toBe('sip:bob@10.0.0.1:5060');
});

const overTcp = { destination: { protocol: 'TCP', host: '192.0.2.100', port: 5060 } } as const;

test('RFC 5626 6: an outbound client is reached over its flow, and over no other way', async () => {
  const { deployment, bob } = await withBob();
  await using _ = deployment;
  const alice = deployment.peer('alice', '192.0.2.1');
  const contact = `<sip:bob@10.0.0.1;transport=tcp>;+sip.instance="<urn:uuid:bob>";reg-id=1;${cpmFeatures}`;
  const answer = await bob.register({ Supported: 'outbound, path', Contact: contact }, overTcp);
  expect(answer.headers.get('Require')).toBe('outbound');
  expect((await alice.message(bob.uri)).status).toBe(200);
  deployment.network.listening('TCP', { host: '192.0.2.2', port: 5060 })?.breakConnections();
  await deployment.settle();
  expect(
    (
      await alice.message(bob.uri, {
        headers: { 'Call-ID': 'second' },
        body: 'From: <sip:alice@example.com>\r\n\r\nContent-Type: text/plain\r\n\r\nagain',
      })
    ).status,
  ).toBe(202);
});

test('RFC 5627 5: GRUUs name one device', async () => {
  const { deployment, bob } = await withBob();
  await using _ = deployment;
  const alice = deployment.peer('alice', '192.0.2.1');
  const answer = await bob.register({ Supported: 'gruu' });
  const [contact] = contacts(answer);
  if (typeof contact === 'string' || contact === undefined) throw new Error('no contact');
  expect(contact.parameters.get('pub-gruu')).toBe('sip:bob@example.com;gr=urn:uuid:bob');
  const temporary = String(contact.parameters.get('temp-gruu'));
  expect(temporary).toMatch(/^sip:tgruu\.[0-9a-f]{32}@example\.com;gr$/);
  expect((await alice.message(temporary)).status).toBe(200);
  expect((await alice.message('sip:tgruu.00@example.com;gr')).status).toBe(404);
  expect(bob.messages).toHaveLength(1);
});
