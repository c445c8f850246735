import type { Server, Socket } from 'node:net';
import type { Destination, Endpoint, Flow, Transport, TransportReceiver } from '../ports.ts';
import { TransportFailure } from '../transport-failure.ts';
import { failureOf, StreamConnection } from './stream-connection.ts';
import type { ConnectionLimits, KeepAlive } from './stream-connection.ts';

/** What differs between TCP and TLS. */
export interface StreamDialer {
  readonly protocol: 'TCP' | 'TLS';
  createServer(): Server;
  connect(destination: Destination, localAddress: string | undefined): { socket: Socket; readyEvent: string };
}

/** The options of a stream transport with every default filled in. */
export interface StreamSettings extends ConnectionLimits {
  readonly family: 4 | 6;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
  readonly keepAlive: KeepAlive | undefined;
  readonly localAddress: string | undefined;
}

/** The connections of one protocol and family, opened by either side, found again by flow or by remote address. */
export class StreamTransport implements Transport {
  readonly protocol: 'TCP' | 'TLS';
  readonly reliable = true;
  readonly family: 4 | 6;
  readonly local: Endpoint;
  readonly #dialer: StreamDialer;
  readonly #settings: StreamSettings;
  readonly #server: Server | undefined;
  /** Accepted before anybody could read them. */
  readonly #waiting: Socket[] = [];
  #flowPrefix: string | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #byFlow = new Map<string, StreamConnection>();
  /** Inbound connections stand here too, under the address they came from (in the spirit of RFC 5923). */
  readonly #byRemote = new Map<string, StreamConnection>();
  readonly #connecting = new Map<string, Promise<StreamConnection>>();
  #flows = 0;
  #receiver: TransportReceiver | undefined;
  #closing: Promise<void> | undefined;

  constructor(dialer: StreamDialer, settings: StreamSettings, local: Endpoint, server: Server | undefined) {
    this.protocol = dialer.protocol;
    this.family = settings.family;
    this.local = local;
    this.#dialer = dialer;
    this.#settings = settings;
    this.#server = server;
    this.#watch(server);
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    for (const socket of this.#waiting.splice(0)) this.#accept(socket);
  }

  async send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    const connection = this.#connectionFor(destination) ?? (await this.#connect(destination));
    return connection.send(bytes, destination);
  }

  isOpen(flowId: string): boolean {
    return this.#byFlow.get(flowId)?.isOpen ?? false;
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
    for (const connection of this.#byFlow.values()) connection.close();
    // Those still in a handshake.
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, ...gone]);
  }

  #watch(server: Server | undefined): void {
    if (server === undefined) return;
    server.maxConnections = this.#settings.maxConnections;
    // Sockets in the middle of a TLS handshake are known here only, and must not outlive close().
    server.on('connection', (socket: Socket) => this.#own(socket));
    const ready = this.protocol === 'TLS' ? 'secureConnection' : 'connection';
    server.on(ready, (socket: Socket) =>
      this.#receiver ? this.#accept(socket) : this.#waiting.push(socket),
    );
    server.on('drop', (refused) => {
      const remote = { host: refused?.remoteAddress ?? '', port: refused?.remotePort ?? 0 };
      this.#receiver?.dropped('too many connections', this.#flowTo(remote));
    });
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      const remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
      this.#receiver?.dropped(`TLS handshake: ${error.message}`, this.#flowTo(remote));
    });
    server.on('error', (error) => this.#receiver?.dropped(error.message, this.#flowTo(this.local)));
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Without a listener an error before the handshake is done would end the process.
    socket.on('error', () => {});
  }

  #accept(socket: Socket): void {
    const { remoteAddress: host, remotePort: port } = socket;
    if (host === undefined || port === undefined || this.#closing) return void socket.destroy();
    this.#own(socket);
    this.#adopt(socket, { host, port }, keyOf({ host, port }));
  }

  #adopt(socket: Socket, remote: Endpoint, key: string): StreamConnection {
    const receiver = this.#receiver;
    if (receiver === undefined) throw new Error('the transport was not started');
    const connection = new StreamConnection(
      socket,
      this.#flowTo(remote, socket.localAddress),
      receiver,
      this.#settings,
      (gone) => {
        this.#byFlow.delete(gone.flow.id);
        if (this.#byRemote.get(key) === gone) this.#byRemote.delete(key);
      },
    );
    this.#byFlow.set(connection.flow.id, connection);
    this.#byRemote.set(key, connection);
    return connection;
  }

  /** `localHost`: the address that the peer uses, where the transport is bound to all of them. */
  #flowTo(remote: Endpoint, localHost = this.local.host): Flow {
    this.#flows += 1;
    const local = { host: localHost, port: this.local.port };
    // Drawn for the first connection: the generator takes long to load.
    this.#flowPrefix ??= `${this.protocol.toLowerCase()}/${crypto.randomUUID().slice(0, 8)}/`;
    return { id: `${this.#flowPrefix}${this.#flows}`, protocol: this.protocol, local, remote };
  }

  #connectionFor(destination: Destination): StreamConnection | undefined {
    const { flowId } = destination;
    const byFlow = flowId === undefined ? undefined : this.#byFlow.get(flowId);
    if (byFlow?.isOpen) return byFlow;
    const byRemote = this.#byRemote.get(keyOf(destination));
    return byRemote?.isOpen ? byRemote : undefined;
  }

  #connect(destination: Destination): Promise<StreamConnection> {
    const key = keyOf(destination);
    const pending = this.#connecting.get(key);
    if (pending) return pending;
    const attempt = this.#dial(destination, key).finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, attempt);
    return attempt;
  }

  async #dial(destination: Destination, key: string): Promise<StreamConnection> {
    if (this.#closing) throw new TransportFailure('transport is closed', destination);
    if (this.#byFlow.size + this.#connecting.size >= this.#settings.maxConnections)
      throw new TransportFailure('too many connections', destination);
    const { socket, readyEvent } = this.#dialer.connect(destination, this.#settings.localAddress);
    this.#own(socket);
    await this.#ready(socket, readyEvent, destination);
    const connection = this.#adopt(socket, { host: destination.host, port: destination.port }, key);
    if (this.#settings.keepAlive) connection.keepAlive(this.#settings.keepAlive);
    return connection;
  }

  #ready(socket: Socket, readyEvent: string, destination: Destination): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause = new Error('closed while connecting');
      const { connectTimeoutMs } = this.#settings;
      const tooLong = () => socket.destroy(new Error(`not connected within ${connectTimeoutMs} ms`));
      const timer = setTimeout(tooLong, connectTimeoutMs);
      socket.once('error', (error: Error) => (cause = error));
      const failed = (): void => {
        clearTimeout(timer);
        reject(failureOf(destination, cause));
      };
      socket.once('close', failed);
      socket.once(readyEvent, () => {
        clearTimeout(timer);
        socket.off('close', failed);
        resolve();
      });
    });
  }
}

/** A name is part of it: a connection that showed one name's certificate is not good for another (RFC 5922). */
function keyOf({ host, port, serverName = '' }: Pick<Destination, 'host' | 'port' | 'serverName'>): string {
  return `${host}|${port}|${serverName}`;
}
