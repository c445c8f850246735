import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { portOf } from './port-of.ts';

/** The server side of one WebSocket connection (RFC 6455): unfragmented messages below 64 KiB only. */
export class WebSocketPeer {
  readonly protocol: string;
  readonly #socket: Duplex;
  readonly #messages: (string | Uint8Array)[] = [];
  readonly #waiting: ((message: string | Uint8Array) => void)[] = [];
  #buffer: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex, protocol: string) {
    this.#socket = socket;
    this.protocol = protocol;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
  }

  next(): Promise<string | Uint8Array> {
    const message = this.#messages.shift();
    return message === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(message);
  }

  send(message: string | Uint8Array): void {
    this.#socket.write(frame(typeof message === 'string' ? 1 : 2, Buffer.from(message)));
  }

  /** Breaks the connection without a closing handshake. */
  break(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const size = (this.#buffer[1] ?? 0) & 0x7f;
      const start = size === 126 ? 4 : 2;
      if (this.#buffer.length < start) return;
      const length = size === 126 ? this.#buffer.readUInt16BE(2) : size;
      const end = start + 4 + length;
      if (this.#buffer.length < end) return;
      const mask = this.#buffer.subarray(start, start + 4);
      const payload = Buffer.from(
        this.#buffer.subarray(start + 4, end).map((byte, at) => byte ^ (mask[at % 4] ?? 0)),
      );
      this.#take((this.#buffer[0] ?? 0) & 15, payload);
      this.#buffer = this.#buffer.subarray(end);
    }
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === 8) return void this.#socket.end(frame(8, payload));
    const message = opcode === 1 ? payload.toString('utf8') : new Uint8Array(payload);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#messages.push(message);
  }
}

function frame(opcode: number, payload: Buffer): Buffer {
  const head = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), payload]);
}

/** A WebSocket server on loopback that hands over each connection. */
export async function openWebSocketServer(): Promise<{
  url: string;
  accept(): Promise<WebSocketPeer>;
  close(): Promise<void>;
}> {
  const server = createServer();
  const peers: WebSocketPeer[] = [];
  const waiting: ((peer: WebSocketPeer) => void)[] = [];
  server.on('upgrade', (request, socket) => {
    const key = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const protocol = request.headers['sec-websocket-protocol'] ?? '';
    const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    const peer = new WebSocketPeer(socket, protocol);
    const next = waiting.shift();
    if (next) next(peer);
    else peers.push(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    url: `ws://127.0.0.1:${port}/`,
    accept: () => {
      const peer = peers.shift();
      return peer ? Promise.resolve(peer) : new Promise((resolve) => waiting.push(resolve));
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
