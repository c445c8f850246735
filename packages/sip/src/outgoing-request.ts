import type { SipRequest } from './protocol/message.ts';
import { serializeMessage } from './protocol/serializer.ts';
import { chooseTransport } from './choose-transport.ts';
import { isWildcard, writtenHost } from './numeric-host.ts';
import type { Clock, Destination, Flow, Instant, Transport } from './ports.ts';
import { describeDestination, TransportFailure } from './transport-failure.ts';

/** A request ready to be sent, as often as its transaction wants. */
export interface OutgoingRequest {
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
  readonly transport: Transport;
  readonly destination: Destination;
  /** Where the request went to TCP for its size: how to send it by UDP when TCP is refused. */
  readonly fallback?: Destination;
}

export interface RequestPreparationOptions {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** The host of Via and Contact where it is not the socket's. */
  readonly publicHost: string | undefined;
  /** RFC 3261 section 18.1.1: a larger request does not go by UDP. Default 1300: 1500 less 200. */
  readonly maxDatagramBytes: number | undefined;
}

const defaultMaxDatagramBytes = 1300;
/** So long a peer that refused TCP is not asked again, since each time may cost a connection timeout. */
const refusalMemoryMs = 5 * 60_000;
const maxRefusals = 1000;

/** RFC 3261 section 18.1.1: the transport, the Via and the bytes of a request. */
export class RequestPreparation {
  readonly #options: RequestPreparationOptions;
  readonly #refusals = new Map<string, Instant>();

  constructor(options: RequestPreparationOptions) {
    this.#options = options;
  }

  /** The host and port at which this transport is reached, as Via and Contact write them. `flow` tells the address of a socket bound to all. */
  ownAddress(transport: Transport, flow?: Flow): string {
    const { host, port } = transport.local;
    const bound = isWildcard(host) && flow !== undefined ? flow.local.host : host;
    const shown = writtenHost(this.#options.publicHost ?? bound);
    return port === 0 ? shown : `${shown}:${port}`;
  }

  /**
   * Puts our Via on top and turns the request into bytes for this destination. One that is too large for UDP is made for
   * TCP, where the peer did not refuse that before. Throws a TransportFailure where no transport fits.
   */
  prepare(request: SipRequest, destination: Destination, branch: string): OutgoingRequest {
    const { transports, maxDatagramBytes = defaultMaxDatagramBytes } = this.#options;
    const outgoing = this.prepareAsIs(request, destination, branch);
    if (destination.protocol !== 'UDP' || outgoing.bytes.length <= maxDatagramBytes) return outgoing;
    // A flow is kept whatever the size (RFC 5626 section 5.3).
    const { flowId, ...address } = destination;
    const larger: Destination = { ...address, protocol: 'TCP' };
    if (flowId !== undefined || this.#refused(larger)) return outgoing;
    const stream = chooseTransport(transports, larger);
    if (stream === undefined) return outgoing;
    return { ...this.#made(request, larger, stream, branch), fallback: destination };
  }

  /** By the destination's protocol, however large the request is. */
  prepareAsIs(request: SipRequest, destination: Destination, branch: string): OutgoingRequest {
    const transport = chooseTransport(this.#options.transports, destination);
    if (transport === undefined)
      throw new TransportFailure(`no transport for ${describeDestination(destination)}`, destination);
    return this.#made(request, destination, transport, branch);
  }

  /** TCP was our own choice, and the peer has none. */
  noteRefusal({ protocol, host, port }: Destination): void {
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size >= maxRefusals && oldest !== undefined) this.#refusals.delete(oldest);
    this.#refusals.set(describeDestination({ protocol, host, port }), this.#options.clock.now());
  }

  #refused(destination: Destination): boolean {
    const key = describeDestination(destination);
    const since = this.#refusals.get(key);
    if (since === undefined) return false;
    if (this.#options.clock.now() - since < refusalMemoryMs) return true;
    this.#refusals.delete(key);
    return false;
  }

  #made(
    request: SipRequest,
    destination: Destination,
    transport: Transport,
    branch: string,
  ): OutgoingRequest {
    const via = `SIP/2.0/${transport.protocol} ${this.ownAddress(transport)};branch=${branch};rport`;
    const sent: SipRequest = { ...request, headers: request.headers.prepend('Via', via) };
    return { request: sent, bytes: serializeMessage(sent), transport, destination };
  }
}
