import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { LoadTarget } from './load.ts';

const host = '127.0.0.1';
const defaultConnections = 8;

/** Gets each response: the bytes that hold it and where it begins. */
export type ResponseReader = (bytes: Buffer, start: number, end: number) => void;

/** One socket or connection to the system under load. */
export interface Wire {
  readonly localPort: number;
  send(bytes: Buffer): void;
  /** Ends its connection. */
  close(): void;
}

/** Opens the sockets of a generator; what comes on them goes to `reader`. */
export async function openWires(target: LoadTarget, reader: ResponseReader): Promise<readonly Wire[]> {
  if (target.transport === 'udp') return [await openUdpWire(target.port, reader)];
  const connections = target.connections ?? defaultConnections;
  return Promise.all(Array.from({ length: connections }, () => openTcpWire(target.port, reader)));
}

const bufferBytes = 4 * 1024 * 1024;

async function openUdpWire(port: number, reader: ResponseReader): Promise<Wire> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // The address is numeric: nothing is to be looked up.
    lookup: (address, _options, done) => done(null, address, 4),
  });
  // With a lookup that answers at once both events come before the calls return.
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  await new Promise<void>((resolve) => socket.connect(port, host, resolve));
  socket.on('message', (datagram) => reader(datagram, 0, datagram.length));
  // ICMP says that nobody listens; a transaction ends by its timer all the same.
  socket.on('error', () => {});
  return {
    localPort: socket.address().port,
    send: (bytes) => socket.send(bytes),
    close: () => socket.close(),
  };
}

async function openTcpWire(port: number, reader: ResponseReader): Promise<Wire> {
  const socket = connect({ port, host, noDelay: true });
  await once(socket, 'connect');
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // What is sent in answer to one chunk leaves in one piece.
    socket.cork();
    rest = bytes.subarray(readFrames(bytes, reader));
    socket.uncork();
  });
  failWhenClosed(socket);
  return {
    localPort: socket.localPort ?? 0,
    send: (bytes) => void socket.write(bytes),
    close: () => {
      socket.removeAllListeners('close');
      socket.destroy();
    },
  };
}

/** A connection that the other side ends makes a run worthless. */
function failWhenClosed(socket: Socket): void {
  socket.on('close', () => {
    throw new Error('the connection was closed by the system under load');
  });
}

const headEnd = Buffer.from('\r\n\r\n');
const lengthName = Buffer.from('\r\nContent-Length:');

/** Hands on each whole response (RFC 3261 section 18.3) and gives where the next one begins. */
export function readFrames(bytes: Buffer, reader: ResponseReader): number {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(headEnd, start);
    if (end < 0) return start;
    const next = end + headEnd.length + contentLength(bytes, start, end);
    if (next > bytes.length) return start;
    reader(bytes, start, next);
    start = next;
  }
}

function contentLength(bytes: Buffer, start: number, end: number): number {
  const at = bytes.indexOf(lengthName, start);
  if (at < 0 || at > end) return 0;
  return Number.parseInt(bytes.toString('latin1', at + lengthName.length, end), 10) || 0;
}
