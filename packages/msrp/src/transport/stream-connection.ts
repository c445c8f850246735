import type { Socket } from 'node:net';
import type { Endpoint } from '@restante/sip';
import type { ConnectionReceiver, MsrpConnection } from '../ports.ts';

/** A peer that vanished is found by the system, though it sends nothing. */
const probeAfterMs = 60_000;

/**
 * Less than this waits for the end of the event loop's turn: the answers to all that was read in it leave in one
 * system call.
 */
const promptBytes = 64 * 1024;

/** One TCP or TLS connection. */
export class StreamConnection implements MsrpConnection {
  readonly protocol: 'TCP' | 'TLS';
  readonly remote: Endpoint;
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket, protocol: 'TCP' | 'TLS') {
    this.#socket = socket;
    this.protocol = protocol;
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, probeAfterMs);
    socket.on('error', (error) => (this.#error ??= error));
  }

  start(receiver: ConnectionReceiver): void {
    const socket = this.#socket;
    socket.on('close', () => receiver.closed(this.#error));
    socket.on('drain', () => receiver.drained());
    socket.on('data', (chunk: Buffer) => {
      receiver.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    // Sockets that were closed before they were started tell it nobody else.
    if (socket.destroyed) process.nextTick(() => receiver.closed(this.#error));
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return false;
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => this.#release());
    }
    let hasRoom = true;
    for (const part of parts) hasRoom = socket.write(part);
    if (socket.writableLength >= promptBytes) this.#release();
    return hasRoom;
  }

  #release(): void {
    if (this.#socket.writableCorked > 0) this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    // A peer that never closes its half does not keep the socket.
    this.#socket.resume();
    this.#socket.end();
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}

const lingerMs = 5000;
