import type { Socket } from 'node:net';
import type { Destination, Flow, TransportReceiver } from '../ports.ts';
import { StreamFramer } from '../protocol/framer.ts';
import type { FramedUnit } from '../protocol/framer.ts';
import { describeDestination, TransportFailure } from '../transport-failure.ts';

/** Bounds of one connection; every duration in milliseconds. */
export interface ConnectionLimits {
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
  /** What may wait for a peer that reads slowly; one message more and the connection is closed. */
  readonly maxBufferedBytes: number;
  /** Silence in both directions after which the connection is closed; 0: never. */
  readonly idleTimeoutMs: number;
  /** How long a message may take from its first octet to its last: who drips octets is not idle. */
  readonly messageTimeoutMs: number;
}

/** RFC 5626 sections 3.5.1 and 4.4.1: our own pings on connections that we opened. */
export interface KeepAlive {
  /** The longest time between two pings; each is sent somewhere in the last fifth of it. */
  readonly intervalMs: number;
  /** The peer is dead when nothing comes within this time after a ping. Left out: pings go unwatched. */
  readonly pongTimeoutMs?: number;
}

/** A peer that vanished is found by the system even where nobody pings. */
const probeAfterMs = 60_000;

const ping = new Uint8Array([13, 10, 13, 10]);
const pong = new Uint8Array([13, 10]);

/** A peer that sends pings and does not read is answered no further: every write that waits has its price. */
const maxWaitingPongs = 8;

/** A message that leaves at the end of this turn. */
interface Gathered {
  readonly bytes: Uint8Array;
  readonly destination: Destination;
  readonly resolve: (flow: Flow) => void;
  readonly reject: (failure: TransportFailure) => void;
}

/** One TCP or TLS connection: cuts messages from the stream, answers pings, bounds what waits to be sent. */
export class StreamConnection {
  readonly flow: Flow;
  readonly #socket: Socket;
  readonly #receiver: TransportReceiver;
  readonly #limits: ConnectionLimits;
  readonly #framer: StreamFramer;
  #pingTimer: NodeJS.Timeout | undefined;
  #pongTimer: NodeJS.Timeout | undefined;
  #messageTimer: NodeJS.Timeout | undefined;
  #waitingPongs = 0;
  #gathered: Gathered[] = [];
  #gatheredOctets = 0;
  #error: Error | undefined;

  constructor(
    socket: Socket,
    flow: Flow,
    receiver: TransportReceiver,
    limits: ConnectionLimits,
    forget: (connection: StreamConnection) => void,
  ) {
    this.flow = flow;
    this.#socket = socket;
    this.#receiver = receiver;
    this.#limits = limits;
    this.#framer = new StreamFramer(limits);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, probeAfterMs);
    socket.setTimeout(limits.idleTimeoutMs, () => socket.destroy());
    socket.on('error', (error) => (this.#error ??= error));
    socket.on('close', () => {
      clearTimeout(this.#pingTimer);
      clearTimeout(this.#pongTimer);
      clearTimeout(this.#messageTimer);
      forget(this);
      receiver.closed(flow, this.#error);
    });
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Resolves once the bytes are with the operating system. */
  send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    if (!this.#hasRoomFor(bytes.length)) {
      const failure = failureOf(destination, new Error('the peer does not read'));
      this.#socket.destroy(failure);
      return Promise.reject(failure);
    }
    return new Promise((resolve, reject) => {
      // What is sent in one turn of the event loop leaves in one system call: four times as many messages a second.
      if (this.#gathered.length === 0) process.nextTick(() => this.#release());
      this.#gathered.push({ bytes, destination, resolve, reject });
      this.#gatheredOctets += bytes.length;
    });
  }

  keepAlive(settings: KeepAlive): void {
    const wait = settings.intervalMs * (0.8 + 0.2 * Math.random());
    this.#pingTimer = setTimeout(() => {
      this.#ping(settings.pongTimeoutMs);
      this.keepAlive(settings);
    }, wait);
    this.#pingTimer.unref();
  }

  /** What was sent in this turn still leaves. */
  close(): void {
    this.#release();
    this.#socket.destroy();
  }

  #hasRoomFor(length: number): boolean {
    const { maxBufferedBytes } = this.#limits;
    if (this.#socket.writableLength + this.#gatheredOctets + length <= maxBufferedBytes) return true;
    // What was only gathered so far is no fault of the peer.
    this.#release();
    const waiting = this.#socket.writableLength;
    return waiting === 0 || waiting + length <= maxBufferedBytes;
  }

  #release(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    const octets = joined(gathered, this.#gatheredOctets);
    this.#gathered = [];
    this.#gatheredOctets = 0;
    this.#socket.write(octets, (error) => {
      for (const { destination, resolve, reject } of gathered) {
        if (error) reject(failureOf(destination, this.#error ?? error));
        else resolve(this.flow);
      }
    });
  }

  #ping(pongTimeoutMs: number | undefined): void {
    this.#socket.write(ping);
    if (pongTimeoutMs === undefined || this.#pongTimer !== undefined) return;
    this.#pongTimer = setTimeout(
      () => this.#socket.destroy(new Error('no answer to a keep-alive')),
      pongTimeoutMs,
    );
    this.#pongTimer.unref();
  }

  #read(chunk: Uint8Array): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    for (const unit of this.#framer.push(bytes)) {
      // The receiver may close us while it reads.
      if (this.#socket.destroyed) return;
      this.#take(unit);
      this.#stopMessageTimer();
    }
    if (this.#framer.isInMessage) this.#startMessageTimer();
    else this.#stopMessageTimer();
  }

  #startMessageTimer(): void {
    if (this.#messageTimer !== undefined || this.#socket.destroyed) return;
    const tooSlow = (): void => void this.#socket.destroy(new Error('a message did not come to its end'));
    this.#messageTimer = setTimeout(tooSlow, this.#limits.messageTimeoutMs);
    this.#messageTimer.unref();
  }

  #stopMessageTimer(): void {
    clearTimeout(this.#messageTimer);
    this.#messageTimer = undefined;
  }

  #take(unit: FramedUnit): void {
    switch (unit.kind) {
      case 'message':
        return this.#receiver.received(unit.bytes, this.flow);
      case 'oversize':
        return this.#receiver.oversized(unit.head, this.flow);
      case 'keep-alive-ping':
        return this.#pong();
      case 'keep-alive-pong':
        return;
      case 'lost':
        return this.#lose(unit.reason, unit.head);
    }
  }

  #pong(): void {
    if (this.#waitingPongs === maxWaitingPongs) return;
    this.#waitingPongs += 1;
    this.#socket.write(pong, () => (this.#waitingPongs -= 1));
  }

  /** A head without its body is as malformed as it looks, and answered so before the connection goes. */
  #lose(reason: string, head: Uint8Array | undefined): void {
    if (head === undefined) this.#receiver.dropped(reason, this.flow);
    else this.#receiver.received(head, this.flow);
    this.#release();
    this.#socket.destroy(new Error(reason));
  }
}

function joined(gathered: readonly Gathered[], length: number): Uint8Array {
  const [first] = gathered;
  if (gathered.length === 1 && first !== undefined) return first.bytes;
  const octets = new Uint8Array(length);
  let at = 0;
  for (const { bytes } of gathered) {
    octets.set(bytes, at);
    at += bytes.length;
  }
  return octets;
}

/** The failure that a sender sees; a failure already made is kept. */
export function failureOf(destination: Destination, cause: Error): TransportFailure {
  if (cause instanceof TransportFailure) return cause;
  return new TransportFailure(`${describeDestination(destination)}: ${cause.message}`, destination, {
    cause,
  });
}
