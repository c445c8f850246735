import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import type { Destination } from '../../src/ports.ts';
import { TransportFailure } from '../../src/transport-failure.ts';
import { webSocketTransport } from '../../src/transport/websocket.ts';
import { aMessage, bytesOf, RecordingReceiver } from './recording-receiver.ts';
import { openWebSocketServer } from './websocket-server.ts';

const anywhere: Destination = { protocol: 'WS', host: '127.0.0.1', port: 80 };

test('RFC 7118 4 and 5: subprotocol sip, one message in each WebSocket message, the name in Via cannot exist', async () => {
  const server = await openWebSocketServer();
  const receiver = new RecordingReceiver();
  const transport = webSocketTransport(server.url);
  transport.start(receiver);
  assert.match(transport.local.host, /\.invalid$/);
  const [flow, peer] = await Promise.all([transport.send(bytesOf(aMessage('é')), anywhere), server.accept()]);
  assert.equal(peer.protocol, 'sip');
  assert.equal(await peer.next(), aMessage('é'));
  assert.equal(flow.protocol, 'WS');
  assert.equal(transport.isOpen(flow.id), true);

  peer.send(aMessage('as text'));
  assert.equal((await receiver.next()).text, aMessage('as text'));
  peer.send(bytesOf(aMessage('as binary')));
  const report = await receiver.next();
  assert.equal(report.text, aMessage('as binary'));
  assert.equal(report.flow.id, flow.id);
  await transport.close();
  assert.equal(transport.isOpen(flow.id), false);
  await server.close();
});

test('RFC 7118 5.1: a body that is no UTF-8 goes as a binary message', async () => {
  const server = await openWebSocketServer();
  const transport = webSocketTransport(server.url);
  transport.start(new RecordingReceiver());
  const bytes = Uint8Array.of(...bytesOf('OPTIONS sip:a SIP/2.0\r\n\r\n'), 0xff, 0xfe);
  const [, peer] = await Promise.all([transport.send(bytes, anywhere), server.accept()]);
  assert.deepEqual(await peer.next(), bytes);
  await transport.close();
  await server.close();
});

test('RFC 5626 3.5.1: a ping is answered by a pong, and ours are sent at their interval', async () => {
  const server = await openWebSocketServer();
  const receiver = new RecordingReceiver();
  const transport = webSocketTransport(server.url, { keepAliveMs: 20 });
  transport.start(receiver);
  const [, peer] = await Promise.all([transport.send(bytesOf(aMessage()), anywhere), server.accept()]);
  await peer.next();
  assert.equal(await peer.next(), '\r\n\r\n');
  peer.send('\r\n\r\n');
  for (;;) if ((await peer.next()) === '\r\n') break;
  peer.send('<no sip>');
  assert.equal((await receiver.next()).kind, 'dropped');
  await transport.close();
  await server.close();
});

test('a broken connection is told, and the next message opens another', async () => {
  const server = await openWebSocketServer();
  const receiver = new RecordingReceiver();
  const transport = webSocketTransport(server.url);
  transport.start(receiver);
  const [flow, first] = await Promise.all([
    transport.send(bytesOf(aMessage('1')), anywhere),
    server.accept(),
  ]);
  first.break();
  const report = await receiver.next();
  assert.equal(report.kind, 'closed');
  assert.equal(report.flow.id, flow.id);
  assert.notEqual(report.text, '');
  const [again, second] = await Promise.all([
    transport.send(bytesOf(aMessage('2')), anywhere),
    server.accept(),
  ]);
  assert.notEqual(again.id, flow.id);
  assert.equal(await second.next(), aMessage('2'));
  await transport.close();
  await server.close();
});

test('a server that is not there, and a closed transport, are a TransportFailure', async () => {
  const server = await openWebSocketServer();
  await server.close();
  const transport = webSocketTransport(server.url);
  transport.start(new RecordingReceiver());
  await expect(transport.send(bytesOf(aMessage()), anywhere)).rejects.toBeInstanceOf(TransportFailure);
  await transport.close();
  await expect(transport.send(bytesOf(aMessage()), anywhere)).rejects.toBeInstanceOf(TransportFailure);
});
