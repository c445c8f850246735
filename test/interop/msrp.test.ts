import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySink, MsrpEndpoint, octetsSource, parseMsrpPath, serializeMsrpPath } from '@restante/msrp';
import type { MsrpSession, MsrpTransport, SendOptions } from '@restante/msrp';
import { openMsrpTcp, openMsrpTls } from '@restante/msrp/node';
import { systemClock, systemRandom } from '@restante/sip/node';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { testCertificate, testKey } from '../../packages/msrp/test/transport/tls-fixture.ts';
import { captureMsrp } from './msrp/dissection.ts';
import { pythonPeer } from './msrp/python-peer.ts';
import { kamailioRelay, largestRelayedChunk, type Relay } from './msrp/relay.ts';
import { havePython } from './msrp/tools.ts';
import { havePeers } from './support/peers.ts';

const minute = 60_000;
const host = '127.0.0.1';
const type = { contentType: 'application/octet-stream' } as const;
const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'restante-interop-msrp-'));
  writeFileSync(join(folder, 'key.pem'), testKey);
  writeFileSync(join(folder, 'certificate.pem'), testCertificate);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Binary, or text with line breaks and hyphens as end-lines have them; different in each place. */
function content(size: number, kind: 'binary' | 'text'): Uint8Array {
  const octets = new Uint8Array(size);
  const text = new TextEncoder().encode('Lunch at noon?\r\n-------abcd$\r\n');
  for (let at = 0; at < size; at += 1)
    octets[at] =
      kind === 'text' ? (text[(at + (at >> 12)) % text.length] ?? 0) : (at ^ (at >> 8) ^ (at >> 16)) & 255;
  return octets;
}

interface Ours extends AsyncDisposable {
  readonly endpoint: MsrpEndpoint;
  readonly session: MsrpSession;
  readonly path: string;
  readonly port: number;
  /** `SIZE SHA256` of what came, and reasons of what was broken off. */
  received(): Promise<string>;
}

/** Our endpoint with one session. */
function ours(transport: MsrpTransport): Ours {
  const endpoint = new MsrpEndpoint({ transports: [transport], clock: systemClock, random: systemRandom });
  const got: string[] = [];
  const waiting: ((what: string) => void)[] = [];
  const take = (what: string): void => {
    const next = waiting.shift();
    if (next === undefined) got.push(what);
    else next(what);
  };
  const session = endpoint.createSession({
    onMessage: () => memorySink((octets) => take(`${octets.length} ${sha256(octets)}`), take),
  });
  return {
    ...{ endpoint, session, path: serializeMsrpPath(session.localPath), port: transport.local.port },
    received: () => {
      const first = got.shift();
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
    },
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

const openers = {
  tcp: () => openMsrpTcp({ host }),
  tls: () => openMsrpTls({ host, tls: { key: testKey, cert: testCertificate, ca: testCertificate } }),
};

describe.skipIf(!havePython()).each(['tcp', 'tls'] as const)(
  'an endpoint written in Python from the RFC, over %s',
  (protocol) => {
    const sizes: readonly (readonly [number, 'binary' | 'text', number])[] = [
      [1, 'text', 2048],
      [300, 'text', 1],
      [2048, 'binary', 2048],
      [100_000, 'text', 2048],
      [1_000_000, 'binary', 10_000],
      [5_000_000, 'text', 65_536],
      [5_000_000, 'binary', Number.POSITIVE_INFINITY],
    ];

    test(
      'RFC 4975: what we send, connecting to it, arrives as it was',
      async () => {
        const tls = protocol === 'tls' ? [join(folder, 'certificate.pem'), join(folder, 'key.pem')] : [];
        await using peer = await pythonPeer('listen', ...tls);
        await using us = ours(await openers[protocol]());
        us.session.start({ remotePath: parseMsrpPath(peer.path), role: 'active' });
        for (const [size, kind, chunkBytes] of sizes) {
          const octets = content(size, kind);
          const sent = us.session.send(octetsSource(octets), { ...type, chunkBytes, successReport: true });
          assert.equal((await sent.outcome).kind, 'delivered');
          await peer.until(
            new RegExp(`received ${sent.messageId} ${size} ${sha256(octets)} application/octet-stream`),
          );
        }
      },
      minute,
    );

    test(
      'RFC 4975: what it sends, connecting to us, in any order, arrives as it was',
      async () => {
        await using us = ours(await openers[protocol]());
        await using peer = await pythonPeer('connect', us.path, join(folder, 'certificate.pem'));
        us.session.start({ remotePath: parseMsrpPath(peer.path), role: 'passive' });
        peer.command('go');
        await peer.until(/answered greeting 200/);
        await peer.until(/answered greeting 200/);
        for (const [size, kind, chunkBytes] of sizes)
          for (const how of ['forward known', 'backward known', 'overlapping unknown']) {
            const chunk = Math.min(chunkBytes, 3_000_000);
            // The slow peer takes its time for many chunks: one order of those is enough.
            if (size / chunk > 200 && how !== 'backward known') continue;
            const octets = content(size, kind);
            const file = join(folder, 'content');
            writeFileSync(file, octets);
            peer.command(`send ${file} ${chunk} ${how} yes yes`);
            assert.equal(await us.received(), `${size} ${sha256(octets)}`);
            const reports = new RegExp(`reported \\S+ 1-${size}/${size} 200`);
            await peer.until(reports);
          }
      },
      minute,
    );
  },
);

describe.skipIf(!havePython())('reports and refusals, with the endpoint in Python', () => {
  for (const failure of ['yes', 'no', 'partial'] as const)
    for (const success of ['yes', 'no'])
      test(`RFC 4975 7.1.1: its Success-Report ${success}, Failure-Report ${failure}, and ours`, async () => {
        await using us = ours(await openMsrpTcp({ host }));
        await using peer = await pythonPeer('connect', us.path);
        us.session.start({ remotePath: parseMsrpPath(peer.path), role: 'passive' });
        peer.command('go');
        await peer.until(/answered greeting 200/);
        const octets = content(5000, 'text');
        const file = join(folder, `content-${failure}-${success}`);
        writeFileSync(file, octets);
        peer.command(`send ${file} 2048 forward known ${success} ${failure}`);
        assert.equal(await us.received(), `5000 ${sha256(octets)}`);
        if (success === 'yes') await peer.until(/reported \S+ 1-5000\/5000 200/);
        if (failure === 'yes') await peer.until(/(answered [0-9a-f]{16} 200\s+(reported.*\s+)?){3}/);
        const options: SendOptions = { ...type, failureReport: failure, successReport: success === 'yes' };
        const { kind } = await us.session.send(octetsSource(octets), options).outcome;
        assert.equal(kind, failure === 'yes' || success === 'yes' ? 'delivered' : 'sent');
        await peer.until(new RegExp(`received \\S+ 5000 ${sha256(octets)}`));
      });

  test('RFC 4975 7.1: what it gives up by # is given up, and so is what we give up', async () => {
    await using us = ours(await openMsrpTcp({ host }));
    await using peer = await pythonPeer('connect', us.path);
    us.session.start({ remotePath: parseMsrpPath(peer.path), role: 'passive' });
    peer.command('go');
    await peer.until(/answered greeting 200/);
    const file = join(folder, 'content-abort');
    writeFileSync(file, content(5000, 'text'));
    peer.command(`abort ${file} 3000`);
    assert.equal(await us.received(), 'aborted-by-sender');
    const controller = new AbortController();
    const sent = us.session.send(octetsSource(content(20_000_000, 'binary')), {
      ...type,
      signal: controller.signal,
      onProgress: ({ acknowledgedBytes }) => {
        if (acknowledgedBytes > 100_000) controller.abort();
      },
    });
    assert.equal((await sent.outcome).kind, 'aborted');
    await peer.until(new RegExp(`aborted ${sent.messageId}`));
  });
});

describe.skipIf(!havePeers('kamailio'))("through Kamailio's relay", () => {
  let relay: Relay;
  beforeAll(async () => {
    relay = await kamailioRelay();
  });
  afterAll(() => relay[Symbol.asyncDispose]());

  test(
    'RFC 4976: messages and success reports pass the relay in both directions, byte for byte',
    async () => {
      await using a = ours(await openMsrpTcp({ host }));
      await using b = ours(await openMsrpTcp({ host }));
      b.session.start({ remotePath: parseMsrpPath(`${relay.uri} ${a.path}`), role: 'passive' });
      a.session.start({ remotePath: parseMsrpPath(`${relay.uri} ${b.path}`), role: 'active' });
      await Promise.all([a.session.ready, b.session.ready]);
      const sizes: readonly (readonly [number, 'binary' | 'text', number])[] = [
        [1, 'text', 2048],
        [100, 'text', 1],
        [100_000, 'binary', 2048],
        [2_000_000, 'text', largestRelayedChunk],
        [2_000_000, 'binary', 8192],
      ];
      for (const [size, kind, chunkBytes] of sizes)
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const) {
          const octets = content(size, kind);
          const sent = from.session.send(octetsSource(octets), { ...type, chunkBytes, successReport: true });
          assert.equal(await to.received(), `${size} ${sha256(octets)}`);
          assert.equal((await sent.outcome).kind, 'delivered');
        }
      // What is small enough for the relay is chosen without being asked for.
      const sent = a.session.send(octetsSource(content(300_000, 'binary')), { ...type, successReport: true });
      assert.equal((await sent.outcome).kind, 'delivered');
    },
    minute,
  );
});

describe.skipIf(!havePeers('tshark', 'dumpcap'))('tshark as the dissector', () => {
  test(
    'what we send is MSRP to it, and nothing is malformed',
    async () => {
      await using a = ours(await openMsrpTcp({ host }));
      await using b = ours(await openMsrpTcp({ host }));
      await using capture = await captureMsrp([b.port]);
      b.session.start({ remotePath: parseMsrpPath(a.path), role: 'passive' });
      a.session.start({ remotePath: parseMsrpPath(b.path), role: 'active' });
      for (const size of [1, 500, 2048, 20_000])
        for (const chunkBytes of [700, 2048, Number.POSITIVE_INFINITY]) {
          const options: SendOptions = { ...type, chunkBytes, successReport: true };
          assert.equal(
            (await a.session.send(octetsSource(content(size, 'text')), options).outcome).kind,
            'delivered',
          );
          assert.equal(
            (await b.session.send(octetsSource(content(size, 'binary')), options).outcome).kind,
            'delivered',
          );
        }
      // The dissector reads one message of a segment: so a report has to come alone to be seen.
      const alone = { ...type, failureReport: 'no', successReport: true } as const;
      assert.equal((await a.session.send(octetsSource(content(9, 'text')), alone).outcome).kind, 'delivered');
      const { methods, statuses, malformed, complaints } = await capture.dissect();
      assert.deepEqual({ malformed, complaints }, { malformed: [], complaints: [] });
      const seen = methods.join(',').split(',');
      assert(seen.filter((method) => method === 'SEND').length > 20 && seen.includes('REPORT'), seen.join());
      assert(statuses.length > 10 && statuses.every((status) => /^(200,?)+$/.test(status)), statuses.join());
    },
    minute,
  );
});

describe('fifty megabytes', () => {
  test.each(['tcp', 'tls'] as const)(
    'RFC 4975: 50 MiB over %s in chunks of 65,536 octets arrive as they were',
    async (protocol) => {
      await using a = ours(await openers[protocol]());
      await using b = ours(await openers[protocol]());
      b.session.start({ remotePath: parseMsrpPath(a.path), role: 'passive' });
      a.session.start({ remotePath: parseMsrpPath(b.path), role: 'active' });
      const octets = content(50 * 1024 * 1024, 'binary');
      const sent = a.session.send(octetsSource(octets), { ...type, chunkBytes: 65_536 });
      assert.equal((await sent.outcome).kind, 'delivered');
      assert.equal(await b.received(), `${octets.length} ${sha256(octets)}`);
    },
    minute,
  );
});
