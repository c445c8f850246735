import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { responseTo } from '../../src/protocol/message.ts';
import { RequestTimeout } from '../../src/request-timeout.ts';
import type { IncomingRequest } from '../../src/incoming-request.ts';
import { TransportFailure } from '../../src/transport-failure.ts';
import { aRequest, Bench, field, RawPeer, rawRequest } from '../support.ts';

const bob = 'sip:bob@192.0.2.2';

test('RFC 3261 17.1.2.2: a request is retransmitted at 0.5, 1.5, 3.5, 7.5, then every 4 s, and given up after 32 s', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const start = bench.clock.now();
  const times: number[] = [];
  bench.network.lose = () => times.push(bench.clock.now() - start) > 0;
  const sent = alice.send(aRequest('MESSAGE', bob)).catch((error: unknown) => error);
  await bench.clock.advance(33_000);
  expect(await sent).toBeInstanceOf(RequestTimeout);
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
});

test('RFC 3261 17.1.1.2: an INVITE is retransmitted at doubling intervals and given up after 32 s', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const start = bench.clock.now();
  const times: number[] = [];
  bench.network.lose = () => times.push(bench.clock.now() - start) > 0;
  const sent = alice.invite(aRequest('INVITE', bob)).catch((error: unknown) => error);
  await bench.clock.advance(33_000);
  expect(await sent).toBeInstanceOf(RequestTimeout);
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
});

test('RFC 3261 17.1: over a reliable transport nothing is retransmitted', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', {}, ['TCP']);
  const peer = new RawPeer(bench.network, '192.0.2.2', 'TCP');
  const sent = alice.send(aRequest('MESSAGE', `${bob};transport=tcp`)).catch((error: unknown) => error);
  await bench.clock.advance(33_000);
  expect(await sent).toBeInstanceOf(RequestTimeout);
  expect(peer.received).toHaveLength(1);
});

test('RFC 3261 17.2.2: a retransmission while the answer is pending is absorbed, afterwards it gets the same bytes', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  const handled: IncomingRequest[] = [];
  server.handle({ MESSAGE: (incoming) => void handled.push(incoming) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  for (let copy = 0; copy < 3; copy += 1) {
    await peer.send('192.0.2.2', rawRequest('MESSAGE'));
    await bench.clock.advance(500);
  }
  expect(handled).toHaveLength(1);
  expect(peer.received).toEqual([]);
  for (const incoming of handled) incoming.respond(responseTo(incoming.request, 202));
  await bench.clock.advance(1);
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(1);
  expect(handled).toHaveLength(1);
  expect(peer.received).toHaveLength(2);
  expect(peer.received[1]).toBe(peer.received[0]);
  expect(server.counters.retransmissions).toBe(3);
});

test('RFC 3261 17.2.2: timer J forgets the transaction after 32 s', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle({ MESSAGE: ({ request, respond }) => respond(responseTo(request, 200)) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(31_999);
  expect(server.counters.serverTransactions).toBe(1);
  await bench.clock.advance(1);
  expect(server.counters.serverTransactions).toBe(0);
});

test('RFC 3261 17.2.1: 100 Trying leaves after 200 ms, and answers retransmissions', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  const handled: IncomingRequest[] = [];
  server.handle({ INVITE: (incoming) => void handled.push(incoming) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const invite = rawRequest('INVITE', { rows: ['Contact: <sip:raw@192.0.2.9>'] });
  await peer.send('192.0.2.2', invite);
  await bench.clock.advance(199);
  expect(peer.received).toEqual([]);
  await bench.clock.advance(1);
  expect(peer.lines).toEqual(['SIP/2.0 100 Trying']);
  expect(field(peer.last, 'To')).toBe('<sip:bob@192.0.2.2>');
  await peer.send('192.0.2.2', invite);
  await bench.clock.advance(1);
  expect(peer.lines).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 100 Trying']);
  expect(handled).toHaveLength(1);
});

test('RFC 3261 8.2.6.1: the 100 of the transaction has the Timestamp of the INVITE', async () => {
  await using bench = new Bench();
  bench.core('192.0.2.2').handle({ INVITE: () => {} });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('INVITE', { rows: ['Timestamp: 54'] }));
  await bench.clock.advance(200);
  expect(field(peer.last, 'Timestamp')).toBe('54 0.2');
});

test('RFC 3261 17.2.1: a refused INVITE is answered until its ACK, which goes no further', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  server.handle({ INVITE: ({ request, respond }) => respond(responseTo(request, 488)) });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('INVITE'));
  await bench.clock.advance(1500);
  expect(peer.lines).toEqual(Array(3).fill('SIP/2.0 488 Not Acceptable Here'));
  await peer.send('192.0.2.2', rawRequest('ACK', { to: field(peer.last, 'To') ?? '' }));
  await bench.clock.advance(4999);
  expect(peer.received).toHaveLength(3);
  expect(server.counters.serverTransactions).toBe(1);
  await bench.clock.advance(1);
  expect(server.counters.serverTransactions).toBe(0);
});

test('RFC 3261 17.2.3: a peer of RFC 2543 without cookie is matched by its whole request', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2');
  let handled = 0;
  server.handle({
    INVITE: ({ request, respond }) => {
      handled += 1;
      respond(responseTo(request, 486));
    },
  });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  const via = 'SIP/2.0/UDP 192.0.2.9:5060';
  await peer.send('192.0.2.2', rawRequest('INVITE', { via }));
  await peer.send('192.0.2.2', rawRequest('INVITE', { via }));
  await bench.clock.advance(0);
  expect(handled).toBe(1);
  await peer.send('192.0.2.2', rawRequest('ACK', { via, to: '<sip:bob@192.0.2.2>;tag=other' }));
  await bench.clock.advance(600);
  const before = peer.received.length;
  await peer.send('192.0.2.2', rawRequest('ACK', { via, to: field(peer.last, 'To') ?? '' }));
  await bench.clock.advance(4000);
  expect(peer.received).toHaveLength(before);
});

test("RFC 3261 17.1.1.3: the ACK for a refusal is the transaction's: same branch, same Route, To of the response", async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const peer = new RawPeer(bench.network, '192.0.2.2');
  const sent = alice.invite(aRequest('INVITE', bob, [['Route', '<sip:192.0.2.2;lr>']]));
  await bench.clock.advance(0);
  const invite = peer.last;
  await peer.answer('192.0.2.1', '486 Busy Here');
  await bench.clock.advance(0);
  expect((await sent).response.status).toBe(486);
  const ack = peer.last;
  expect(ack).toMatch(/^ACK sip:bob@192\.0\.2\.2 SIP/);
  for (const name of ['Via', 'From', 'Call-ID', 'Route']) expect(field(ack, name)).toBe(field(invite, name));
  expect(field(ack, 'To')).toBe('<sip:bob@192.0.2.2>;tag=peer');
  expect(field(ack, 'CSeq')).toBe('1 ACK');
  await peer.answer('192.0.2.1', '486 Busy Here', [], 'peer', invite);
  await bench.clock.advance(0);
  expect(peer.lines.filter((line) => line.startsWith('ACK'))).toHaveLength(2);
});

test('overload: above the limit of live transactions a request gets 503 with Retry-After', async () => {
  await using bench = new Bench();
  const server = bench.core('192.0.2.2', { limits: { serverTransactions: 1, retryAfterSeconds: 7 } });
  server.handle({ MESSAGE: () => {} });
  const peer = new RawPeer(bench.network, '192.0.2.9');
  await peer.send('192.0.2.2', rawRequest('MESSAGE', { branch: 'z9hG4bK1', callId: '1' }));
  await peer.send('192.0.2.2', rawRequest('MESSAGE', { branch: 'z9hG4bK2', callId: '2' }));
  await bench.clock.advance(0);
  expect(peer.lines).toEqual(['SIP/2.0 503 Service Unavailable']);
  expect(field(peer.last, 'Retry-After')).toBe('7');
  expect(server.counters.refusedForLoad).toBe(1);
});

test('RFC 6026 8.9: a response that belongs to no transaction is dropped and counted', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1');
  const peer = new RawPeer(bench.network, '192.0.2.2');
  await peer.answer('192.0.2.1', '200 OK', [], 'x', rawRequest('MESSAGE').join('\r\n'));
  await bench.clock.advance(0);
  expect(alice.counters.strayResponses).toBe(1);
});

test('whatever is lost, a non-INVITE request is handled at most once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.nat({ max: 40_000 }),
      async (losses, delay) => {
        await using bench = new Bench();
        const alice = bench.core('192.0.2.1');
        const server = bench.core('192.0.2.2');
        let handled = 0;
        server.handle({
          MESSAGE: ({ request, respond }) => {
            handled += 1;
            bench.clock.after(delay, () => respond(responseTo(request, 200)));
          },
        });
        let sent = 0;
        bench.network.lose = () => losses[sent++] ?? false;
        const outcome = alice.send(aRequest('MESSAGE', bob)).catch(() => undefined);
        await bench.clock.advance(120_000);
        const response = await outcome;
        expect(handled).toBeLessThanOrEqual(1);
        if (response !== undefined) expect([handled, response.status]).toEqual([1, 200]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a connection that closes under a pending request fails it at once', async () => {
  await using bench = new Bench();
  const alice = bench.core('192.0.2.1', {}, ['TCP']);
  const peer = new RawPeer(bench.network, '192.0.2.2', 'TCP');
  const sent = alice.send(aRequest('MESSAGE', `${bob};transport=tcp`)).catch((error: unknown) => error);
  await bench.clock.advance(1);
  peer.transport.breakConnections();
  await bench.clock.advance(1);
  expect(await sent).toBeInstanceOf(TransportFailure);
  expect(alice.counters.clientTransactions).toBe(0);
});
