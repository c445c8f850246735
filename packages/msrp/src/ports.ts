import type { Endpoint } from '@restante/sip';

/** Where to connect. */
export interface MsrpDestination {
  readonly protocol: 'TCP' | 'TLS';
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that the peer's TLS certificate has to show; the host unless given. */
  readonly serverName?: string;
  /** `sha-256 AB:CD:…` of an a=fingerprint (RFC 8122): the certificate to believe instead of an authority. */
  readonly fingerprint?: string;
}

/** What a connection tells. */
export interface ConnectionReceiver {
  /** Octets that nobody changes any more. */
  received(octets: Uint8Array): void;
  /** What was written is with the operating system; only after `write` has returned false. */
  drained(): void;
  /** The last call, however the connection ended. */
  closed(error: Error | undefined): void;
}

/** A stream of octets in both directions. */
export interface MsrpConnection {
  readonly protocol: 'TCP' | 'TLS';
  readonly remote: Endpoint;
  /** Called once, before anything is received. */
  start(receiver: ConnectionReceiver): void;
  /** The parts in their order, if possible in one system call. They must not change. False: wait for `drained`. */
  write(parts: readonly Uint8Array[]): boolean;
  /** No `received` until `resume`, or at most what was read already. */
  pause(): void;
  resume(): void;
  /** Closes after what was written. */
  close(): void;
  /** Closes now. */
  destroy(error?: Error): void;
}

/** A listening point, or the connections of one protocol. */
export interface MsrpTransport {
  readonly protocol: 'TCP' | 'TLS';
  /** What peers connect to; port 0 where nothing is accepted. */
  readonly local: Endpoint;
  /** Called once; connections accepted before wait for it. */
  start(accepted: (connection: MsrpConnection) => void): void;
  /** Rejects with the system's error. */
  connect(destination: MsrpDestination): Promise<MsrpConnection>;
  close(): Promise<void>;
}
