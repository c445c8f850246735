import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { systemClock, systemRandom } from '@restante/sip/node';
import { afterEach, describe, test } from 'vitest';
import type { MessageHandler, MsrpSession, MsrpTransport } from '../../src/index.ts';
import { iterableSource, memorySink, MsrpEndpoint, MsrpRejection, octetsSource } from '../../src/index.ts';
import { openMsrpTcp, openMsrpTls } from '../../src/node.ts';
import { testCertificate, testKey } from './tls-fixture.ts';

const host = '127.0.0.1';
const plain = { contentType: 'application/octet-stream' } as const;
const open: MsrpEndpoint[] = [];
const platform = { clock: systemClock, random: systemRandom };

afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

function endpointOn(transport: MsrpTransport): MsrpEndpoint {
  const endpoint = new MsrpEndpoint({ ...platform, transports: [transport] });
  open.push(endpoint);
  return endpoint;
}

const openers = {
  tcp: (listen: boolean) => openMsrpTcp({ host, listen }),
  tls: (listen: boolean) =>
    openMsrpTls({ host, listen, tls: { key: testKey, cert: testCertificate, ca: testCertificate } }),
};

/** Different in each place, so that nothing can stand in the wrong one. */
function pattern(length: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) octets[at] = (at ^ (at >> 8) ^ (at >> 16)) & 255;
  return octets;
}

const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

describe.each(['tcp', 'tls'] as const)('over %s', (protocol) => {
  async function sessions(onMessage: MessageHandler): Promise<{ client: MsrpSession; server: MsrpSession }> {
    const serverEndpoint = endpointOn(await openers[protocol](true));
    const clientEndpoint = endpointOn(await openers[protocol](false));
    const server = serverEndpoint.createSession({ onMessage });
    const client = clientEndpoint.createSession({ onMessage: () => new MsrpRejection(403) });
    server.start({ remotePath: client.localPath, role: 'passive' });
    client.start({ remotePath: server.localPath, role: 'active' });
    return { client, server };
  }

  const sizes: readonly (readonly [number, number])[] = [
    [1, 2048],
    [2047, 2048],
    [4096, 2048],
    [3000, 1],
    [100_001, 100],
    [1_000_000, 2048],
    [5_000_000, 65_536],
    [5_000_000, Number.POSITIVE_INFINITY],
  ];
  test.each(sizes)(
    'RFC 4975 7.1: %i octets in chunks of %i arrive as they were',
    async (size, chunkBytes) => {
      const got: string[] = [];
      const { client } = await sessions(() => memorySink((octets) => got.push(sha256(octets))));
      const octets = pattern(size);
      const { kind } = await client.send(octetsSource(octets), { ...plain, chunkBytes, successReport: true })
        .outcome;
      assert.equal(kind, 'delivered');
      assert.deepEqual(got, [sha256(octets)]);
    },
  );

  test('RFC 4975 5.4: many sessions on one listening point, sixteen messages at the same time', async () => {
    const got = new Set<string>();
    const listening = endpointOn(await openers[protocol](true));
    const connecting = endpointOn(await openers[protocol](false));
    const octets = pattern(300_000);
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) => {
        const server = listening.createSession({
          onMessage: () => memorySink((whole) => got.add(`${index} ${sha256(whole)}`)),
        });
        const client = connecting.createSession({ onMessage: () => new MsrpRejection(403) });
        server.start({ remotePath: client.localPath, role: 'passive' });
        client.start({ remotePath: server.localPath, role: 'active' });
        return client.send(octetsSource(octets.subarray(index)), { ...plain, chunkBytes: 4000 }).outcome;
      }),
    );
    assert(outcomes.every(({ kind }) => kind === 'delivered'));
    assert.deepEqual(
      got,
      new Set(Array.from({ length: 16 }, (_, index) => `${index} ${sha256(octets.subarray(index))}`)),
    );
    assert.equal(connecting.connections, 1);
  });

  test('a slow sink and a slow source hold back and lose nothing', async () => {
    const got = new Uint8Array(2_000_000);
    let inside = 0;
    let most = 0;
    const { client } = await sessions(() => ({
      write: async (offset, octets) => {
        inside += octets.length;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        got.set(octets, offset);
        inside -= octets.length;
      },
      complete: () => {},
      abort: () => {},
    }));
    const octets = pattern(got.length);
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < octets.length; at += 30_000) {
        await new Promise((resolve) => setImmediate(resolve));
        yield octets.subarray(at, at + 30_000);
      }
    }
    assert.equal((await client.send(iterableSource(slowly()), plain).outcome).kind, 'delivered');
    assert.equal(sha256(got), sha256(octets));
    assert(most < 600_000, `${most} octets at once`);
  });

  test('a peer that vanishes: both ends end', async () => {
    const reasons: string[] = [];
    const { client, server } = await sessions(() =>
      memorySink(
        () => {},
        (reason) => reasons.push(reason),
      ),
    );
    let sent = 0;
    const source = {
      size: 50_000_000,
      read: async (_offset: number, length: number) => {
        sent += length;
        if (sent > 1_000_000) server.close();
        await new Promise((resolve) => setImmediate(resolve));
        return new Uint8Array(length);
      },
    };
    assert.equal((await client.send(source, plain).outcome).kind, 'broken');
    assert.equal((await client.ended).kind, 'connection-lost');
    assert.deepEqual(reasons, ['session-closed']);
  });

  test('nobody listens: the session says so', async () => {
    const gone = await openers[protocol](true);
    const { port } = gone.local;
    await gone.close();
    const endpoint = endpointOn(await openers[protocol](false));
    const session = endpoint.createSession({ onMessage: () => new MsrpRejection(403) });
    const remotePath = session.localPath.map((uri) => ({ ...uri, host, port }));
    session.start({ remotePath, role: 'active' });
    assert.equal((await session.ended).kind, 'connect-failed');
  });
});

test('octets of another protocol close the connection', async () => {
  const transport = await openers.tcp(true);
  endpointOn(transport);
  const socket = connect(transport.local.port, host);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed;
});

test('RFC 6135: who accepts nothing shows port 9', async () => {
  const endpoint = endpointOn(await openers.tcp(false));
  assert.equal(endpoint.createSession({ onMessage: () => new MsrpRejection(403) }).localPath[0]?.port, 9);
});

describe('RFC 8122: the fingerprint of a certificate that no authority signed', () => {
  const { fingerprint256 } = new X509Certificate(testCertificate);
  const wrong = fingerprint256.replace(/^../, (first) => (first === '00' ? '01' : '00'));

  test.each([
    ['sha-256', fingerprint256, 'delivered'],
    ['SHA-256', fingerprint256.toLowerCase(), 'delivered'],
    ['sha-256', wrong, 'broken'],
    ['md5', fingerprint256, 'broken'],
  ])('%s %s: %s', async (algorithm, value, expected) => {
    const listening = endpointOn(await openMsrpTls({ host, tls: { key: testKey, cert: testCertificate } }));
    const connecting = endpointOn(await openMsrpTls({ host, listen: false, tls: {} }));
    const server = listening.createSession({ onMessage: () => memorySink(() => {}) });
    const client = connecting.createSession({ onMessage: () => new MsrpRejection(403) });
    const { port = 0 } = server.localPath[0] ?? {};
    server.start({ remotePath: client.localPath, role: 'passive' });
    client.start({
      remotePath: server.localPath,
      role: 'active',
      destination: { protocol: 'TLS', host, port, fingerprint: `${algorithm} ${value}` },
    });
    assert.equal((await client.send(octetsSource(pattern(10)), plain).outcome).kind, expected);
  });

  test('without a fingerprint an authority is needed', async () => {
    const listening = endpointOn(await openMsrpTls({ host, tls: { key: testKey, cert: testCertificate } }));
    const connecting = endpointOn(await openMsrpTls({ host, listen: false, tls: {} }));
    const server = listening.createSession({ onMessage: () => memorySink(() => {}) });
    const client = connecting.createSession({ onMessage: () => new MsrpRejection(403) });
    client.start({ remotePath: server.localPath, role: 'active' });
    assert.equal((await client.ended).kind, 'connect-failed');
  });
});
