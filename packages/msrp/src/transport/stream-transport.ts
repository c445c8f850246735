import type { Server, Socket } from 'node:net';
import type { Endpoint } from '@restante/sip';
import type { MsrpConnection, MsrpDestination, MsrpTransport } from '../ports.ts';
import { StreamConnection } from './stream-connection.ts';

/** What differs between TCP and TLS. */
export interface StreamDialer {
  readonly protocol: 'TCP' | 'TLS';
  connect(destination: MsrpDestination): { readonly socket: Socket; readonly readyEvent: string };
}

export interface StreamSettings {
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
}

/** The connections of one listening point, and those that are opened beside it. */
export class StreamTransport implements MsrpTransport {
  readonly protocol: 'TCP' | 'TLS';
  readonly local: Endpoint;
  readonly #dialer: StreamDialer;
  readonly #settings: StreamSettings;
  readonly #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  /** Accepted before anybody could take them. */
  readonly #waiting: Socket[] = [];
  #accepted: ((connection: MsrpConnection) => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(dialer: StreamDialer, settings: StreamSettings, local: Endpoint, server: Server | undefined) {
    this.protocol = dialer.protocol;
    this.local = local;
    this.#dialer = dialer;
    this.#settings = settings;
    this.#server = server;
    if (server === undefined) return;
    server.maxConnections = settings.maxConnections;
    // Sockets in the middle of a TLS handshake are known here only, and must not outlive close().
    server.on('connection', (socket: Socket) => this.#own(socket));
    server.on(dialer.protocol === 'TLS' ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#own(socket);
      if (this.#accepted === undefined) this.#waiting.push(socket);
      else this.#accepted(new StreamConnection(socket, this.protocol));
    });
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.on('error', () => {});
  }

  start(accepted: (connection: MsrpConnection) => void): void {
    this.#accepted = accepted;
    for (const socket of this.#waiting.splice(0)) accepted(new StreamConnection(socket, this.protocol));
  }

  async connect(destination: MsrpDestination): Promise<MsrpConnection> {
    if (this.#closing !== undefined) throw new Error('the transport is closed');
    if (this.#sockets.size >= this.#settings.maxConnections) throw new Error('too many connections');
    const { socket, readyEvent } = this.#dialer.connect(destination);
    this.#own(socket);
    await this.#ready(socket, readyEvent);
    return new StreamConnection(socket, this.protocol);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const server = this.#server;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    const gone = [...this.#sockets].map(
      (socket) =>
        new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve()))),
    );
    for (const socket of this.#sockets) {
      // The last answers of who was closed in order still leave.
      if (socket.writableEnded && !socket.writableFinished) socket.once('finish', () => socket.destroy());
      else socket.destroy();
    }
    await Promise.all([closed, ...gone]);
  }

  #own(socket: Socket): void {
    if (this.#closing !== undefined) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Without a listener an error before the connection is ready would end the process.
    socket.on('error', () => {});
  }

  #ready(socket: Socket, readyEvent: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause = new Error('closed while connecting');
      const { connectTimeoutMs } = this.#settings;
      const tooLong = (): void =>
        void socket.destroy(new Error(`not connected within ${connectTimeoutMs} ms`));
      const timer = setTimeout(tooLong, connectTimeoutMs);
      const remember = (error: Error): void => void (cause = error);
      const failed = (): void => {
        clearTimeout(timer);
        reject(cause);
      };
      socket.once('error', remember);
      socket.once('close', failed);
      socket.once(readyEvent, () => {
        clearTimeout(timer);
        socket.off('close', failed);
        socket.off('error', remember);
        resolve();
      });
    });
  }
}
