import type { ConnectionReceiver, MsrpConnection, MsrpDestination, MsrpTransport } from '../src/index.ts';

/** Into which pieces octets are cut on their way: each call gives the length of the next piece. */
export type Segmentation = () => number;

const whole: Segmentation = () => Number.POSITIVE_INFINITY;

/** One end of a pair of connections in memory. Octets arrive in a later turn of the event loop. */
export class MemoryConnection implements MsrpConnection {
  readonly protocol = 'TCP';
  readonly remote = { host: '192.0.2.1', port: 40_000 };
  peer: MemoryConnection | undefined;
  isPaused = false;
  isClosed = false;
  /** What was written and has not arrived. */
  waiting: Uint8Array[] = [];
  readonly #segmentation: Segmentation;
  readonly #highWaterMark: number;
  #receiver: ConnectionReceiver | undefined;
  #isBlocked = false;
  #isRunning = false;
  #isEnding = false;
  #error: Error | undefined;

  constructor(segmentation: Segmentation, highWaterMark: number) {
    this.#segmentation = segmentation;
    this.#highWaterMark = highWaterMark;
  }

  start(receiver: ConnectionReceiver): void {
    this.#receiver = receiver;
    this.peer?.run();
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.isClosed) return false;
    // What is written may not change afterwards, nor is it copied.
    this.waiting.push(...parts.filter(({ length }) => length > 0));
    this.run();
    this.#isBlocked = this.waiting.reduce((sum, { length }) => sum + length, 0) >= this.#highWaterMark;
    return !this.#isBlocked;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.peer?.run();
  }

  close(): void {
    this.#isEnding = true;
    this.run();
  }

  destroy(error?: Error): void {
    if (this.isClosed) return;
    this.#error = error;
    this.#gone();
    this.peer?.destroy();
  }

  /** Moves what waits, piece by piece, as long as the peer reads. */
  run(): void {
    if (this.#isRunning || this.isClosed) return;
    this.#isRunning = true;
    setImmediate(() => {
      this.#isRunning = false;
      this.#move();
    });
  }

  #move(): void {
    const { peer } = this;
    if (peer === undefined || this.isClosed) return;
    while (this.waiting.length > 0 && !peer.isPaused && peer.#receiver !== undefined && !peer.isClosed) {
      const [first] = this.waiting;
      if (first === undefined) break;
      const length = Math.max(1, Math.min(first.length, this.#segmentation()));
      if (length === first.length) this.waiting.shift();
      else this.waiting[0] = first.subarray(length);
      peer.#receiver.received(first.slice(0, length));
    }
    if (this.waiting.length > 0) return;
    if (this.#isBlocked) {
      this.#isBlocked = false;
      this.#receiver?.drained();
    }
    if (this.#isEnding && this.waiting.length === 0) {
      peer.#gone();
      this.#gone();
    }
  }

  #gone(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    setImmediate(() => this.#receiver?.closed(this.#error));
  }
}

/** Transports that reach each other by port. */
export class MemoryNetwork {
  readonly #listeners = new Map<number, MemoryTransport>();
  readonly segmentation: Segmentation;
  readonly highWaterMark: number;

  constructor(segmentation: Segmentation = whole, highWaterMark = 64 * 1024) {
    this.segmentation = segmentation;
    this.highWaterMark = highWaterMark;
  }

  transport(port: number): MemoryTransport {
    const transport = new MemoryTransport(this, port);
    this.#listeners.set(port, transport);
    return transport;
  }

  /** Every connection there was. */
  connections(): readonly MemoryConnection[] {
    return [...this.#listeners.values()].flatMap(({ connections }) => connections);
  }

  /** Both ends of a new connection to a port: ours, and what the listener got. */
  connect(port: number): MemoryConnection {
    const listener = this.#listeners.get(port);
    if (listener?.accepted === undefined) throw new Error(`nobody listens at ${port}`);
    const near = new MemoryConnection(this.segmentation, this.highWaterMark);
    const far = new MemoryConnection(this.segmentation, this.highWaterMark);
    near.peer = far;
    far.peer = near;
    listener.accepted(far);
    listener.connections.push(far);
    return near;
  }
}

export class MemoryTransport implements MsrpTransport {
  readonly protocol = 'TCP';
  readonly local: { readonly host: string; readonly port: number };
  readonly connections: MemoryConnection[] = [];
  accepted: ((connection: MsrpConnection) => void) | undefined;
  readonly #network: MemoryNetwork;

  constructor(network: MemoryNetwork, port: number) {
    this.#network = network;
    this.local = { host: '192.0.2.1', port };
  }

  start(accepted: (connection: MsrpConnection) => void): void {
    this.accepted = accepted;
  }

  connect({ port }: MsrpDestination): Promise<MsrpConnection> {
    try {
      const connection = this.#network.connect(port);
      this.connections.push(connection);
      return Promise.resolve(connection);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    return Promise.resolve();
  }
}
