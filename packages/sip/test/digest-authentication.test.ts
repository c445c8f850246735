import { expect, test } from 'vitest';
import type { SendOptions } from '../src/client-options.ts';
import { DigestVerifier } from '../src/digest-verifier.ts';
import type { DigestVerifierOptions } from '../src/digest-verifier.ts';
import { ha1, parseCredentials } from '../src/protocol/digest.ts';
import { responseTo } from '../src/protocol/message.ts';
import type { SipResponse } from '../src/protocol/message.ts';
import type { UserAgentCore } from '../src/user-agent-core.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { aRequest, Bench, field, RawPeer } from './support.ts';

const host = '192.0.2.2';
const bob = `sip:bob@${host}`;
const credentials = { username: 'alice', password: 'secret' };

function verifierOn(bench: Bench, options: Partial<DigestVerifierOptions> = {}): DigestVerifier {
  return new DigestVerifier({
    realm: 'example.com',
    clock: bench.clock,
    random: new SequenceRandom(99),
    findHa1: (username, realm, algorithm) =>
      username === 'alice' ? ha1('alice', realm, 'secret', algorithm) : undefined,
    ...options,
  });
}

/** A server whose MESSAGE handler authenticates, and a client. */
function scene(
  bench: Bench,
  options: Partial<DigestVerifierOptions> = {},
): { alice: UserAgentCore; users: string[] } {
  const alice = bench.core('192.0.2.1');
  const verifier = verifierOn(bench, options);
  const users: string[] = [];
  bench.core(host).handle({
    MESSAGE: async ({ request, respond }) => {
      users.push(await verifier.authenticate(request));
      respond(responseTo(request, 200));
    },
  });
  return { alice, users };
}

async function send(
  bench: Bench,
  alice: UserAgentCore,
  options: SendOptions = { credentials },
): Promise<SipResponse> {
  const sent = alice.send(aRequest('MESSAGE', bob), options);
  await bench.clock.advance(0);
  await bench.clock.advance(0);
  return sent;
}

const requests = (bench: Bench): readonly string[] =>
  bench.network.packets.map(({ text }) => text).filter((text) => text.startsWith('MESSAGE'));

test('RFC 3261 22.2: a 401 is answered with credentials, in a request of the next CSeq', async () => {
  await using bench = new Bench();
  const { alice, users } = scene(bench);
  expect((await send(bench, alice)).status).toBe(200);
  expect(users).toEqual(['alice']);
  const [first = '', second = ''] = requests(bench);
  expect(field(first, 'CSeq')).toBe('1 MESSAGE');
  expect(field(second, 'CSeq')).toBe('2 MESSAGE');
  expect(field(second, 'Call-ID')).toBe(field(first, 'Call-ID'));
  expect(field(second, 'Via')).not.toBe(field(first, 'Via'));
});

test('RFC 8760 2.4: SHA-256 is offered first, and taken rather than MD5', async () => {
  await using bench = new Bench();
  const { alice } = scene(bench);
  await send(bench, alice);
  const challenge = bench.network.packets[1]?.text ?? '';
  expect(challenge.match(/algorithm=[\w-]+/g)).toEqual(['algorithm=SHA-256', 'algorithm=MD5']);
  expect(field(requests(bench)[1] ?? '', 'Authorization')).toContain('algorithm=SHA-256');
});

for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'] as const)
  test(`RFC 7616: ${algorithm} is answered and verified, again with the same nonce`, async () => {
    await using bench = new Bench();
    const { alice, users } = scene(bench, { algorithms: [algorithm] });
    await send(bench, alice);
    await send(bench, alice);
    expect(users).toEqual(['alice', 'alice']);
    expect(requests(bench)).toHaveLength(3);
  });

test("RFC 3261 22.3: a proxy's 407 is answered by Proxy-Authorization", async () => {
  await using bench = new Bench();
  const { alice, users } = scene(bench, { proxy: true });
  await send(bench, alice);
  expect(users).toEqual(['alice']);
  expect(field(requests(bench)[1] ?? '', 'Proxy-Authorization')).toMatch(/^Digest username="alice"/);
});

test('RFC 7616 3.4: the nonce is used again with the next count, and no challenge is needed', async () => {
  await using bench = new Bench();
  const { alice } = scene(bench);
  await send(bench, alice);
  await send(bench, alice);
  const used = requests(bench).map((text) => parseCredentials(field(text, 'Authorization') ?? 'Basic x'));
  expect(used.map((found) => found?.nonceCount)).toEqual([undefined, 1, 2]);
  expect(used[1]?.nonce).toBe(used[2]?.nonce);
});

test('RFC 7616 3.3: a nonce that is too old is stale, and the new one is answered without asking the user', async () => {
  await using bench = new Bench();
  const { alice, users } = scene(bench, { nonceLifetimeMs: 1000 });
  await send(bench, alice);
  await bench.clock.advance(1001);
  expect((await send(bench, alice)).status).toBe(200);
  expect(users).toHaveLength(2);
  expect(bench.network.packets.filter(({ text }) => text.includes('stale=true'))).toHaveLength(1);
});

test('RFC 3261 22.2: refused credentials are not sent again', async () => {
  await using bench = new Bench();
  const { alice, users } = scene(bench);
  const response = await send(bench, alice, { credentials: { username: 'alice', password: 'wrong' } });
  expect(response.status).toBe(401);
  expect(requests(bench)).toHaveLength(2);
  expect(users).toEqual([]);
});

test('without credentials, or without any for the realm, the 401 is the answer', async () => {
  await using bench = new Bench();
  const { alice } = scene(bench);
  expect((await send(bench, alice, {})).status).toBe(401);
  expect((await send(bench, alice, { credentials: () => undefined })).status).toBe(401);
  expect(requests(bench)).toHaveLength(2);
});

test('credentials may depend on the realm, and several challenges are answered at once', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const peer = new RawPeer(bench.network, host);
  const sent = alice.send(aRequest('MESSAGE', bob), {
    credentials: (realm) => ({ username: `alice-${realm}`, password: 'secret' }),
  });
  await bench.clock.advance(0);
  await peer.answer('192.0.2.1', '407 Proxy Authentication Required', [
    'Proxy-Authenticate: Digest realm="one", nonce="n1", algorithm=SHA-512-256, qop="auth"',
    'Proxy-Authenticate: Digest realm="one", nonce="n2", algorithm=MD5, qop="auth"',
    'Proxy-Authenticate: Digest realm="two", nonce="n3", opaque="o"',
    'Proxy-Authenticate: Digest realm=broken',
    'Proxy-Authenticate: Basic realm="three"',
  ]);
  await bench.clock.advance(0);
  const rows = peer.last.split('\r\n').filter((row) => row.startsWith('Proxy-Authorization'));
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(/username="alice-one", realm="one", nonce="n2".*qop=auth, nc=00000001/);
  expect(rows[1]).toMatch(/username="alice-two", realm="two", nonce="n3".*opaque="o"/);
  expect(rows[1]).not.toContain('qop');
  await peer.answer('192.0.2.1', '200 OK');
  await bench.clock.advance(0);
  expect((await sent).status).toBe(200);
});

test('a server that challenges with stale again and again is not answered for ever', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  let challenges = 0;
  bench.core(host).handle({
    MESSAGE: ({ request, respond }) => {
      challenges += 1;
      const challenge = `Digest realm="r", nonce="n${challenges}", stale=true`;
      respond(responseTo(request, 401, { headers: [['WWW-Authenticate', challenge]] }));
    },
  });
  const sent = alice.send(aRequest('MESSAGE', bob), { credentials });
  for (let turn = 0; turn < 30; turn += 1) await bench.clock.advance(0);
  expect((await sent).status).toBe(401);
  expect(challenges).toBe(10);
});
