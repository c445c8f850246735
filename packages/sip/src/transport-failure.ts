import type { Destination } from './ports.ts';

/**
 * The bytes could not be handed to the peer: no route, connection refused or lost, no answer in time, or a peer
 * that does not read. RFC 3261 section 8.1.3.1 has the user treat it like a 503.
 */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  /** Where the bytes were to go. */
  readonly destination: Destination;

  constructor(message: string, destination: Destination, options?: ErrorOptions) {
    super(message, options);
    this.destination = destination;
  }
}

/** `udp:192.0.2.1:5060`, for messages that people read. */
export function describeDestination({ protocol, host, port }: Destination): string {
  return `${protocol.toLowerCase()}:${host.includes(':') ? `[${host}]` : host}:${port}`;
}
