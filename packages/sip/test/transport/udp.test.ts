import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openUdp } from '../../src/transport/udp.ts';
import type { Destination, Transport } from '../../src/ports.ts';
import { TransportFailure } from '../../src/transport-failure.ts';
import { aMessage, bytesOf, RecordingReceiver } from './recording-receiver.ts';

async function opened(
  host: string,
): Promise<{ transport: Transport; receiver: RecordingReceiver; to: Destination }> {
  const transport = await openUdp({ host });
  const receiver = new RecordingReceiver();
  transport.start(receiver);
  return { transport, receiver, to: { protocol: 'UDP', ...transport.local } };
}

for (const host of ['127.0.0.1', '::1'])
  test(`RFC 3261 18: a datagram goes from one socket to another on ${host} and back by its flow`, async () => {
    const a = await opened(host);
    const b = await opened(host);
    await a.transport.send(bytesOf(aMessage('there')), b.to);
    const there = await b.receiver.next();
    assert.equal(there.text, aMessage('there'));
    assert.deepEqual(there.flow.remote, a.transport.local);
    assert.equal(there.flow.protocol, 'UDP');

    // The flow decides, whatever the address says.
    const elsewhere = { protocol: 'UDP', host, port: 9, flowId: there.flow.id } as const;
    const used = await b.transport.send(bytesOf(aMessage('back')), elsewhere);
    assert.equal(used.id, there.flow.id);
    assert.equal((await a.receiver.next()).text, aMessage('back'));
    await Promise.all([a.transport.close(), b.transport.close()]);
  });

test('RFC 3261 18: a socket can send to itself', async () => {
  const { transport, receiver, to } = await opened('127.0.0.1');
  await transport.send(bytesOf(aMessage()), to);
  const { flow } = await receiver.next();
  assert.deepEqual(flow.remote, flow.local);
  await transport.close();
});

test('issue 2, bad input: what is no SIP is dropped before anything is parsed, a keep-alive too', async () => {
  const { transport, receiver } = await opened('127.0.0.1');
  const peer = createSocket('udp4');
  const stun = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42);
  const datagrams = [
    stun,
    bytesOf('\r\n\r\n'),
    bytesOf('HTTP/1.1 200 OK\r\n'),
    bytesOf('x'),
    new Uint8Array(0),
  ];
  for (const datagram of [...datagrams, bytesOf(`\r\n${aMessage('last')}`)]) {
    peer.send(datagram, transport.local.port, '127.0.0.1');
    const report = await receiver.next();
    const kind = datagram.length > 40 ? 'received' : 'dropped';
    assert.equal(report.kind, kind);
    if (kind === 'received') assert.equal(report.text, aMessage('last'));
  }
  peer.close();
  await once(peer, 'close');
  await transport.close();
});

test('what is received is a plain Uint8Array, not a Buffer', async () => {
  const { transport, to } = await opened('127.0.0.1');
  const other = await openUdp({ host: '127.0.0.1' });
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  other.start({ received: resolve, oversized() {}, dropped() {}, closed() {} });
  await transport.send(bytesOf(aMessage()), { ...to, ...other.local });
  assert.equal(Object.getPrototypeOf(await promise), Uint8Array.prototype);
  await Promise.all([transport.close(), other.close()]);
});

test('an address of the other family, and a closed transport, are a TransportFailure with its destination', async () => {
  const { transport } = await opened('127.0.0.1');
  const there: Destination = { protocol: 'UDP', host: '::1', port: 5060 };
  await expect(transport.send(bytesOf(aMessage()), there)).rejects.toMatchObject({ destination: there });
  await transport.close();
  await transport.close();
  const here: Destination = { protocol: 'UDP', host: '127.0.0.1', port: 5060 };
  await expect(transport.send(bytesOf(aMessage()), here)).rejects.toBeInstanceOf(TransportFailure);
});

test('RFC 3261 8.1.3.1: a datagram too large for the system is a TransportFailure that names the peer and the cause', async () => {
  const { transport, to } = await opened('127.0.0.1');
  const failure: unknown = await transport
    .send(new Uint8Array(70_000).fill(65), to)
    .catch((error: unknown) => error);
  assert(failure instanceof TransportFailure && failure.cause instanceof Error);
  assert.match(failure.message, /^udp:127\.0\.0\.1:\d+: .*EMSGSIZE/);
  await transport.close();
});

test('RFC 5626 2: a UDP flow is open as long as its transport is', async () => {
  const a = await opened('127.0.0.1');
  const b = await opened('127.0.0.1');
  const flow = await a.transport.send(bytesOf(aMessage()), b.to);
  assert.equal(a.transport.isOpen(flow.id), true);
  assert.equal(b.transport.isOpen(flow.id), false);
  await Promise.all([a.transport.close(), b.transport.close()]);
  assert.equal(a.transport.isOpen(flow.id), false);
});

test('binding a port that is taken, or a name instead of an address, rejects', async () => {
  const { transport } = await opened('127.0.0.1');
  await expect(openUdp(transport.local)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(openUdp({ host: 'localhost' })).rejects.toThrow(/numeric/);
  await transport.close();
});

for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::'])
  test(`admission: a probe of ${host} comes back through its own socket, and nobody else sees it`, async () => {
    const { transport, receiver } = await opened(host);
    assert.ok('probe' in transport && typeof transport.probe === 'function');
    const back = Promise.withResolvers<void>();
    Reflect.apply(transport.probe, transport, [back.resolve]);
    await back.promise;
    assert.ok('narrow' in transport && typeof transport.narrow === 'function');
    for (const share of [0.03, 1]) Reflect.apply(transport.narrow, transport, [share]);
    await transport.send(bytesOf(aMessage()), {
      protocol: 'UDP',
      host: loopbackOf(host),
      port: transport.local.port,
    });
    assert.equal((await receiver.next()).kind, 'received');
    await transport.close();
  });

function loopbackOf(host: string): string {
  return host.includes(':') ? '::1' : '127.0.0.1';
}
