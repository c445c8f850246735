import { expect, test } from 'vitest';
import { responseTo } from '../src/protocol/message.ts';
import type { Admission } from '../src/ports.ts';
import { Bench, field, RawPeer, rawRequest } from './support.ts';

/** Lets nothing in once it is closed, and remembers what it was asked. */
class Door implements Admission {
  closed = false;
  readonly asked: string[] = [];

  refusing(): boolean {
    return this.closed;
  }

  refusal(method: string, key: string): number | undefined {
    this.asked.push(`${method} ${key}`);
    return 7;
  }
}

function doorkept(bench: Bench) {
  const door = new Door();
  const server = bench.core('192.0.2.2', { admission: door });
  const handled: string[] = [];
  server.handle({
    MESSAGE: ({ request, respond }) => {
      handled.push(request.method);
      respond(responseTo(request, 202));
    },
  });
  return { door, server, handled, peer: new RawPeer(bench.network, '192.0.2.9') };
}

test('RFC 3261 21.5.4: a request that is not let in gets 503 with Retry-After, and leaves no transaction', async () => {
  await using bench = new Bench();
  const { door, server, handled, peer } = doorkept(bench);
  door.closed = true;
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(1);
  expect(peer.received[0]).toMatch(/^SIP\/2\.0 503 Service Unavailable\r\n/);
  expect(field(peer.received[0] ?? '', 'Retry-After')).toBe('7');
  expect(field(peer.received[0] ?? '', 'To')).toMatch(/;tag=./);
  expect(handled).toEqual([]);
  expect(server.counters).toMatchObject({ refusedForLoad: 1, serverTransactions: 0 });
});

test('RFC 3261 8.2.7: a retransmission of a refused request gets the same answer', async () => {
  await using bench = new Bench();
  const { door, peer } = doorkept(bench);
  door.closed = true;
  for (let copy = 0; copy < 2; copy += 1) await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(1);
  expect(peer.received).toHaveLength(2);
  expect(peer.received[1]).toBe(peer.received[0]);
  expect(door.asked[1]).toBe(door.asked[0]);
});

test('RFC 3261 17.2.2: a retransmission of what was let in finds its transaction, however busy the server is', async () => {
  await using bench = new Bench();
  const { door, handled, peer } = doorkept(bench);
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  door.closed = true;
  await peer.send('192.0.2.2', rawRequest('MESSAGE'));
  await bench.clock.advance(1);
  expect(handled).toHaveLength(1);
  expect(door.asked).toEqual([]);
  expect(peer.received[1]).toBe(peer.received[0]);
});

test('RFC 3261 9.2, 15.1.2: ACK, CANCEL and BYE are let in always', async () => {
  await using bench = new Bench();
  const { door, server, peer } = doorkept(bench);
  door.closed = true;
  for (const method of ['ACK', 'CANCEL', 'BYE']) await peer.send('192.0.2.2', rawRequest(method));
  await bench.clock.advance(1);
  expect(door.asked).toEqual([]);
  expect(peer.received.map((text) => text.slice(8, 11))).not.toContain('503');
  expect(server.counters.refusedForLoad).toBe(0);
});

test('RFC 3261 8.2.7: what cannot be read is answered by 400 while new requests are refused', async () => {
  await using bench = new Bench();
  const { door, peer } = doorkept(bench);
  door.closed = true;
  await peer.send(
    '192.0.2.2',
    rawRequest('MESSAGE').map((row) => (row.startsWith('Via') ? 'Via: nonsense' : row)),
  );
  await bench.clock.advance(1);
  expect(peer.received.map((text) => text.slice(8, 11))).toEqual(['400']);
});
