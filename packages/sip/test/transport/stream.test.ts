import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Destination, Transport, TransportReceiver } from '../../src/ports.ts';
import { openTcp, openTls } from '../../src/transport/stream.ts';
import type { StreamOptions } from '../../src/transport/stream.ts';
import { TransportFailure } from '../../src/transport-failure.ts';
import { portOf } from './port-of.ts';
import { aMessage, bytesOf, RecordingReceiver } from './recording-receiver.ts';
import { testCertificate, testKey } from './tls-fixture.ts';

interface Opened {
  readonly transport: Transport;
  readonly receiver: RecordingReceiver;
  readonly to: Destination;
}

async function opened(options: Partial<StreamOptions> = {}): Promise<Opened> {
  const transport = await openTcp({ host: '127.0.0.1', ...options });
  const receiver = new RecordingReceiver();
  transport.start(receiver);
  return { transport, receiver, to: { protocol: 'TCP', ...transport.local } };
}

/** A peer that is no SIP stack: what it writes is up to the test. */
async function plainServer(): Promise<{ server: Server; to: Destination; socket: Promise<Socket> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const socket = once(server, 'connection').then(([accepted]: Socket[]) => {
    assert(accepted);
    accepted.on('error', () => {});
    return accepted;
  });
  return { server, to: { protocol: 'TCP', host: '127.0.0.1', port }, socket };
}

async function plainClient({ transport }: Pick<Opened, 'transport'>): Promise<Socket> {
  const socket = connect(transport.local);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

for (const host of ['127.0.0.1', '::1'])
  test(`RFC 3261 18: a connection on ${host} carries messages both ways and is used again by flow and by address`, async () => {
    const a = await opened({ host });
    const b = await opened({ host });
    const first = await a.transport.send(bytesOf(aMessage('1')), b.to);
    const there = await b.receiver.next();
    assert.equal(there.text, aMessage('1'));
    assert.equal((await a.transport.send(bytesOf(aMessage('2')), b.to)).id, first.id);
    assert.equal((await b.receiver.next()).flow.id, there.flow.id);

    const byFlow = { ...a.to, flowId: there.flow.id };
    assert.equal((await b.transport.send(bytesOf(aMessage('3')), byFlow)).id, there.flow.id);
    assert.equal((await a.receiver.next()).text, aMessage('3'));
    // RFC 5923: the address an inbound connection came from leads back over it.
    const byAddress: Destination = { protocol: 'TCP', ...there.flow.remote };
    assert.equal((await b.transport.send(bytesOf(aMessage('4')), byAddress)).id, there.flow.id);
    assert.equal((await a.receiver.next()).text, aMessage('4'));
    await Promise.all([a.transport.close(), b.transport.close()]);
    assert.equal(a.transport.isOpen(first.id), false);
  });

test('a transport on all addresses shows each peer the one it used, and the port it listens on', async () => {
  const b = await opened({ host: '0.0.0.0' });
  const a = await opened({ host: '127.0.0.2' });
  const { port } = b.transport.local;
  await a.transport.send(bytesOf(aMessage()), { protocol: 'TCP', host: '127.0.0.3', port });
  assert.deepEqual((await b.receiver.next()).flow.local, { host: '127.0.0.3', port });
  const { host } = a.transport.local;
  const flow = await b.transport.send(bytesOf(aMessage()), { ...a.to, host });
  assert.deepEqual(flow.local, { host: '127.0.0.1', port });
  await Promise.all([a.transport.close(), b.transport.close()]);
});

test('two messages sent at once to a new peer share one connection, in order', async () => {
  const a = await opened();
  const b = await opened();
  const flows = await Promise.all([
    a.transport.send(bytesOf(aMessage('1')), b.to),
    a.transport.send(bytesOf(aMessage('2')), b.to),
  ]);
  assert.equal(flows[0].id, flows[1].id);
  assert.equal((await b.receiver.next()).text, aMessage('1'));
  assert.equal((await b.receiver.next()).text, aMessage('2'));
  await Promise.all([a.transport.close(), b.transport.close()]);
});

test('a burst within one turn arrives whole and in order, also above the bound of what may wait', async () => {
  const a = await opened({ maxBufferedBytes: 20_000 });
  const b = await opened();
  await a.transport.send(bytesOf(aMessage('first')), b.to);
  const sent = Array.from({ length: 100 }, (_, number) => aMessage(`${number} ${'x'.repeat(1000)}`));
  await Promise.all(sent.map((text) => a.transport.send(bytesOf(text), b.to)));
  assert.equal((await b.receiver.next()).text, aMessage('first'));
  for (const text of sent) assert.equal((await b.receiver.next()).text, text);
  await Promise.all([a.transport.close(), b.transport.close()]);
});

test('what was sent just before closing still leaves', async () => {
  const a = await opened();
  const b = await opened();
  await a.transport.send(bytesOf(aMessage('1')), b.to);
  const last = a.transport.send(bytesOf(aMessage('2')), b.to);
  await Promise.all([last, a.transport.close()]);
  assert.equal((await b.receiver.next()).text, aMessage('1'));
  assert.equal((await b.receiver.next()).text, aMessage('2'));
  await b.transport.close();
});

test('a transport can send to itself', async () => {
  const { transport, receiver, to } = await opened();
  await transport.send(bytesOf(aMessage('me')), to);
  assert.equal((await receiver.next()).text, aMessage('me'));
  await transport.close();
});

test('RFC 3261 18.3: messages are cut from the stream wherever it breaks', async () => {
  const b = await opened();
  const socket = await plainClient(b);
  const stream = bytesOf(aMessage('one') + aMessage('two'));
  for (const byte of stream) socket.write(Uint8Array.of(byte));
  assert.equal((await b.receiver.next()).text, aMessage('one'));
  assert.equal((await b.receiver.next()).text, aMessage('two'));
  socket.destroy();
  assert.equal((await b.receiver.next()).kind, 'closed');
  await b.transport.close();
});

test('RFC 5626 3.5.1: a double CRLF between messages is answered by a single one', async () => {
  const b = await opened();
  const socket = await plainClient(b);
  socket.write('\r\n\r\n');
  const [answer]: Buffer[] = await once(socket, 'data');
  assert.equal(answer?.toString(), '\r\n');
  socket.write(aMessage());
  assert.equal((await b.receiver.next()).kind, 'received');
  socket.destroy();
  await b.transport.close();
});

test('RFC 5626 3.5.1: a flood of pings is not answered one by one', async () => {
  const b = await opened();
  const socket = await plainClient(b);
  let answered = 0;
  socket.on('data', (chunk: Buffer) => (answered += chunk.length / 2));
  socket.write('\r\n\r\n'.repeat(50_000) + aMessage());
  const { flow } = await b.receiver.next();
  const ended = once(socket, 'close');
  await b.transport.send(bytesOf(aMessage()), { ...b.to, flowId: flow.id });
  await b.transport.close();
  await ended;
  expect(answered).toBeLessThan(5000);
});

test('RFC 5626 4.4.1: our pings are sent at their interval; a peer that answers lives, one that does not is dead', async () => {
  const { server, to, socket } = await plainServer();
  const a = await opened({ keepAlive: { intervalMs: 20, pongTimeoutMs: 500 } });
  const flow = await a.transport.send(bytesOf(aMessage()), to);
  const peer = await socket;
  let pings = 0;
  await new Promise<void>((resolve) => {
    peer.on('data', (chunk: Buffer) => {
      if (!chunk.toString().endsWith('\r\n\r\n') || chunk.length > 4) return;
      pings += 1;
      if (pings <= 3) peer.write('\r\n');
      else resolve();
    });
  });
  const report = await a.receiver.next();
  assert.equal(report.kind, 'closed');
  assert.equal(report.flow.id, flow.id);
  assert.match(report.text, /keep-alive/);
  assert(pings >= 4);
  await a.transport.close();
  server.close();
});

test('a body over the limit: the head is handed up and the next message is read', async () => {
  const b = await opened({ maxBodyBytes: 10 });
  const socket = await plainClient(b);
  socket.write(aMessage('x'.repeat(5000)) + aMessage('short'));
  const oversized = await b.receiver.next();
  assert.equal(oversized.kind, 'oversized');
  assert.match(oversized.text, /^OPTIONS sip:a SIP\/2\.0\r\nContent-Length: 5000/);
  assert.equal((await b.receiver.next()).text, aMessage('short'));
  socket.destroy();
  await b.transport.close();
});

test('lost framing is told and closes the connection', async () => {
  const b = await opened({ maxHeadBytes: 200 });
  const socket = await plainClient(b);
  const ended = once(socket, 'close');
  socket.write('x'.repeat(4000));
  assert.equal((await b.receiver.next()).kind, 'dropped');
  const closed = await b.receiver.next();
  assert.equal(closed.kind, 'closed');
  assert.notEqual(closed.text, '');
  await ended;
  await b.transport.close();
});

test('RFC 3261 18.3: a message whose length cannot be read can still be answered before its connection closes', async () => {
  const transport = await openTcp({ host: '127.0.0.1' });
  const receiver = new RecordingReceiver();
  const answering: TransportReceiver = {
    received: (bytes, flow) => {
      receiver.received(bytes, flow);
      void transport.send(bytesOf('answer'), { protocol: 'TCP', ...flow.remote, flowId: flow.id });
    },
    oversized: () => assert.fail('no body'),
    dropped: (reason) => assert.fail(reason),
    closed: (flow, error) => receiver.closed(flow, error),
  };
  transport.start(answering);
  const socket = await plainClient({ transport });
  const head = 'OPTIONS sip:a SIP/2.0\r\nContent-Length: many\r\n\r\n';
  socket.write(head);
  const [answer]: Buffer[] = await once(socket, 'data');
  assert.equal(answer?.toString(), 'answer');
  assert.equal((await receiver.next()).text, head);
  assert.equal((await receiver.next()).kind, 'closed');
  await transport.close();
});

test('a reset connection, and one the peer ends, are told once as closed', async () => {
  const b = await opened();
  for (const end of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()]) {
    const socket = await plainClient(b);
    socket.write(aMessage());
    const { flow } = await b.receiver.next();
    end(socket);
    const report = await b.receiver.next();
    assert.equal(report.kind, 'closed');
    assert.equal(report.flow.id, flow.id);
    assert.equal(b.transport.isOpen(flow.id), false);
  }
  await b.transport.close();
});

test('a peer that does not read: what waits is bounded, then the connection is closed', async () => {
  const { server, to, socket } = await plainServer();
  const a = await opened({ maxBufferedBytes: 100_000 });
  await a.transport.send(bytesOf(aMessage()), to);
  (await socket).pause();
  const chunk = bytesOf(aMessage('x'.repeat(60_000)));
  const sends: Promise<unknown>[] = [];
  const failed = new Promise<unknown>((resolve) => {
    const more = (): void => {
      const sent = a.transport.send(chunk, to);
      sends.push(sent.catch(resolve));
      if (sends.length < 500) setImmediate(more);
    };
    more();
  });
  const failure = await failed;
  assert(failure instanceof TransportFailure);
  assert.match(failure.message, /does not read/);
  const report = await a.receiver.next();
  assert.equal(report.kind, 'closed');
  await a.transport.close();
  (await socket).destroy();
  server.close();
  await Promise.all(sends);
});

test('a refused connection is a TransportFailure with destination and cause', async () => {
  const { server, to } = await plainServer();
  server.close();
  await once(server, 'close');
  const a = await opened();
  const failure: unknown = await a.transport.send(bytesOf(aMessage()), to).catch((error: unknown) => error);
  assert(failure instanceof TransportFailure);
  assert.deepEqual(failure.destination, to);
  assert(failure.cause instanceof Error && /ECONNREFUSED/.test(failure.cause.message));
  await a.transport.close();
  await expect(a.transport.send(bytesOf(aMessage()), to)).rejects.toBeInstanceOf(TransportFailure);
});

test('a connection that is not set up in time is given up', async () => {
  // A TLS client towards a server that never says a word stays in its handshake.
  const { server, to, socket } = await plainServer();
  const a = await openTls({ host: '127.0.0.1', listen: false, connectTimeoutMs: 50, tls: {} });
  a.start(new RecordingReceiver());
  await expect(a.send(bytesOf(aMessage()), { ...to, protocol: 'TLS' })).rejects.toThrow(
    /not connected within 50 ms/,
  );
  await a.close();
  (await socket).destroy();
  server.close();
});

test('a silent connection is closed after the idle time, without an error', async () => {
  const b = await opened({ idleTimeoutMs: 30 });
  const socket = await plainClient(b);
  await once(socket, 'close');
  const report = await b.receiver.next();
  assert.equal(report.kind, 'closed');
  assert.equal(report.text, '');
  await b.transport.close();
});

test('a peer that drips a message octet by octet is cut off; one that is between messages stays', async () => {
  const b = await opened({ messageTimeoutMs: 30, idleTimeoutMs: 0 });
  const patient = await plainClient(b);
  patient.write(aMessage('whole'));
  assert.equal((await b.receiver.next()).text, aMessage('whole'));
  const dripping = await plainClient(b);
  const drip = setInterval(() => dripping.write('x'), 5);
  const closed = await b.receiver.next();
  clearInterval(drip);
  assert.deepEqual([closed.kind, closed.text], ['closed', 'a message did not come to its end']);
  patient.write(aMessage('again'));
  assert.equal((await b.receiver.next()).text, aMessage('again'));
  patient.destroy();
  await b.transport.close();
});

test('more connections than allowed are refused, both ways, and told', async () => {
  const b = await opened({ maxConnections: 1 });
  const kept = await plainClient(b);
  kept.write(aMessage());
  assert.equal((await b.receiver.next()).kind, 'received');
  const refused = await plainClient(b);
  if (!refused.closed) await once(refused, 'close');
  const report = await b.receiver.next();
  assert.equal(report.kind, 'dropped');
  assert.match(report.text, /too many connections/);
  const { server, to } = await plainServer();
  await expect(b.transport.send(bytesOf(aMessage()), to)).rejects.toThrow(/too many connections/);
  kept.destroy();
  await b.transport.close();
  server.close();
});

test('a transport that only connects shows port 0, and a flow that is gone gives way to the address', async () => {
  const b = await opened();
  const a = await opened({ listen: false });
  assert.equal(a.transport.local.port, 0);
  const flow = await a.transport.send(bytesOf(aMessage('1')), { ...b.to, flowId: 'tcp/gone/1' });
  assert.equal((await b.receiver.next()).text, aMessage('1'));
  assert.equal(a.transport.isOpen(flow.id), true);
  await Promise.all([a.transport.close(), b.transport.close()]);
});

const tls = { key: testKey, cert: testCertificate, ca: testCertificate };

async function openedTls(host: string): Promise<Opened> {
  const transport = await openTls({ host, tls });
  const receiver = new RecordingReceiver();
  transport.start(receiver);
  return { transport, receiver, to: { protocol: 'TLS', ...transport.local } };
}

for (const host of ['127.0.0.1', '::1'])
  test(`RFC 5922: over TLS on ${host} the server has to show the name that was asked for`, async () => {
    const a = await openedTls(host);
    const b = await openedTls(host);
    const flow = await a.transport.send(bytesOf(aMessage('named')), {
      ...b.to,
      serverName: 'pf.example.com',
    });
    assert.equal(flow.protocol, 'TLS');
    const report = await b.receiver.next();
    assert.equal(report.text, aMessage('named'));
    await b.transport.send(bytesOf(aMessage('back')), { ...a.to, flowId: report.flow.id });
    assert.equal((await a.receiver.next()).text, aMessage('back'));
    // By its address the same server is another peer: the connection of the name is not borrowed.
    const numeric = await a.transport.send(bytesOf(aMessage('numeric')), b.to);
    assert.notEqual(numeric.id, flow.id);
    const wrong = a.transport.send(bytesOf(aMessage()), { ...b.to, serverName: 'evil.example.com' });
    await expect(wrong).rejects.toThrow(/not for evil\.example\.com/);
    await Promise.all([a.transport.close(), b.transport.close()]);
  });

test('a broken TLS handshake is told and harms nobody', async () => {
  const b = await openedTls('127.0.0.1');
  const socket = await plainClient(b);
  socket.write('OPTIONS sip:a SIP/2.0\r\n\r\n');
  const report = await b.receiver.next();
  assert.equal(report.kind, 'dropped');
  assert.match(report.text, /^TLS handshake/);
  socket.destroy();
  // One that hangs in its handshake does not keep close() waiting.
  const silent = await plainClient(b);
  const ended = once(silent, 'close');
  await b.transport.close();
  await ended;
});
