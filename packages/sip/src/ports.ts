/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A timer that was started and has not fired; cancelling it twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as the stack sees it. Tests wind it by hand. */
export interface Clock {
  now(): Instant;
  /** Milliseconds since some moment, of a clock that nobody sets. Without it `now` serves, and a clock set forward ends waits early. */
  steady?(): number;
  /** Calls `act` once, `milliseconds` from now, unless the timer is cancelled first. */
  after(milliseconds: number, act: () => void): Timer;
}

/** Randomness fit for tags, branches and nonces: it must not be guessable. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** The transports of RFC 3261 section 18 and RFC 7118, as Via writes them. */
export type TransportProtocol = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/** An IP address (IPv6 without brackets) and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The way by which a message came and by which an answer can go (RFC 5626 section 2).
 * For a stream it is one connection, for UDP the pair of addresses. `id` is unique while the process lives.
 */
export interface Flow {
  readonly id: string;
  readonly protocol: TransportProtocol;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** Where to send: an address that needs no further resolution. */
export interface Destination {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
  /** The name that the peer's TLS certificate has to show (RFC 5922). */
  readonly serverName?: string;
  /** Use this flow while it is open, whatever the address says (RFC 5626 section 5.3). */
  readonly flowId?: string;
}

/** What a transport tells the stack. */
export interface TransportReceiver {
  /** Exactly one SIP message: a datagram, or one message cut from a stream. */
  received(bytes: Uint8Array, flow: Flow): void;
  /** A message whose body is over the limit: its head only. The stream's framing is kept. */
  oversized(head: Uint8Array, flow: Flow): void;
  /** Bytes that are no SIP and were thrown away. */
  dropped(reason: string, flow: Flow): void;
  /** The flow is gone: connection closed or reset, or the peer's port is unreachable. */
  closed(flow: Flow, error: Error | undefined): void;
}

/** A listening point, or the connections of one protocol and address family. */
export interface Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  readonly family: 4 | 6;
  /** The bound address: what Via sent-by and Contact show unless configured otherwise. */
  readonly local: Endpoint;
  /** Called once, before the first message. */
  start(receiver: TransportReceiver): void;
  /**
   * Resolves with the flow that was used once the bytes are with the operating system.
   * Rejects with a TransportFailure where they cannot be sent (no route, connection refused, closed).
   */
  send(bytes: Uint8Array, destination: Destination): Promise<Flow>;
  /** Is this flow still usable? A UDP flow always is. */
  isOpen(flowId: string): boolean;
  close(): Promise<void>;
}

/** What some transports can do besides: find out how long what comes in waits in the system until it is read. */
export interface QueueProbe {
  /** Calls `arrived` once what the transport has now sent to itself is read: never, where the queue was full. */
  probe(arrived: () => void): void;
  /** Leaves this share of the queue's room, up to 1: what has to wait too long is better lost at once, and sent again. */
  narrow(share: number): void;
}

/** Which requests are let in when there are more than can be answered in time. */
export interface Admission {
  /** Asked for every request. False lets all of them in, and nothing more is asked. */
  refusing(): boolean;
  /** The Retry-After of the 503 in seconds; undefined lets the request in. `key` is the same for its retransmissions. */
  refusal(method: string, key: string): number | undefined;
}

/** RFC 3263's view of DNS. An answer that does not exist is an empty list; a failing server rejects. */
export interface NameService {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** A and AAAA addresses, in the order in which to try them. */
  addresses(name: string): Promise<readonly { readonly address: string; readonly family: 4 | 6 }[]>;
}

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly name: string;
  readonly port: number;
}

/** A tap on everything that crosses the sockets, for ladders and captures. */
export interface SipTrace {
  sent(bytes: Uint8Array, flow: Flow): void;
  received(bytes: Uint8Array, flow: Flow): void;
}

/** Facts first, then a fixed sentence; never the body of a message. */
export interface SipLog {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}
