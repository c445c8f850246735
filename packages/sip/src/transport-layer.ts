import { MalformedMessage } from './protocol/malformed-message.ts';
import { responseTo } from './protocol/message.ts';
import type { SipMessage, SipRequest, SipResponse } from './protocol/message.ts';
import { parseMessage } from './protocol/parser.ts';
import { validateMessage } from './protocol/validate.ts';
import { serializeMessage } from './protocol/serializer.ts';
import type { Destination, Flow, SipLog, SipTrace, Transport, TransportReceiver } from './ports.ts';
import { TransportFailure } from './transport-failure.ts';
import { chooseTransport } from './choose-transport.ts';
import { isWildcard, writtenHost } from './numeric-host.ts';
import { defaultPort, routeOfResponse, stampReceived } from './response-route.ts';
import type { ResponseRoute } from './response-route.ts';

/** What came in and what became of it, since the start. */
export interface TransportCounters {
  received: number;
  sent: number;
  /** Bytes that are no SIP, and responses and ACKs that are malformed: nothing was answered. */
  dropped: number;
  /** Requests answered with 400 or 505 because they could not be read. */
  malformed: number;
  /** Requests answered with 413. */
  oversized: number;
  sendFailures: number;
}

/** What the transport layer hands upwards. A request is stamped with where it came from. */
export interface TransportLayerUser {
  request(request: SipRequest, flow: Flow, transport: Transport): void;
  response(response: SipResponse, flow: Flow): void;
  closed(flow: Flow, error: Error | undefined): void;
}

export interface TransportLayerOptions {
  readonly transports: readonly Transport[];
  /** The host of Via and Contact where it is not the socket's. */
  readonly publicHost?: string | undefined;
  /** RFC 3261 section 18.1.1: a larger request does not go by UDP. 1300 octets where the path's MTU is not known. */
  readonly maxDatagramBytes?: number | undefined;
  readonly trace?: SipTrace | undefined;
  readonly log?: SipLog | undefined;
  /** The tag of responses that are sent without a transaction; one for the process (RFC 3261 section 8.2.7). */
  readonly statelessTag: string;
  /** RFC 3263 section 5, for the case that the connection of a request is gone. */
  readonly locateSentBy: (
    sentBy: ResponseRoute['sentBy'],
    transport: Transport,
  ) => Promise<readonly Destination[]>;
}

/** RFC 3261 section 18.1.1: 1500 less 200. */
const defaultMaxDatagramBytes = 1300;

/** A request ready to be sent, as often as its transaction wants. */
export interface OutgoingRequest {
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
  readonly transport: Transport;
  readonly destination: Destination;
  /** Where the request went to TCP for its size: how to send it by UDP when TCP is refused. */
  readonly fallback?: Destination;
}

/** RFC 3261 section 18: the one place where messages become bytes and bytes messages. */
export class TransportLayer {
  readonly counters: TransportCounters = {
    received: 0,
    sent: 0,
    dropped: 0,
    malformed: 0,
    oversized: 0,
    sendFailures: 0,
  };
  readonly #options: TransportLayerOptions;

  constructor(options: TransportLayerOptions) {
    this.#options = options;
  }

  start(user: TransportLayerUser): void {
    for (const transport of this.#options.transports) transport.start(this.#receiverFor(transport, user));
  }

  get transports(): readonly Transport[] {
    return this.#options.transports;
  }

  /** The host and port at which this transport is reached, as Via and Contact write them. `flow` tells the address of a socket that is bound to all. */
  ownAddress(transport: Transport, flow?: Flow): string {
    const { host, port } = transport.local;
    const bound = isWildcard(host) && flow !== undefined ? flow.local.host : host;
    const shown = writtenHost(this.#options.publicHost ?? bound);
    return port === 0 ? shown : `${shown}:${port}`;
  }

  /**
   * Puts our Via on top and turns the request into bytes for this destination.
   * RFC 3261 section 18.1.1: one that is too large for UDP is made for TCP. Throws a TransportFailure where no transport fits.
   */
  prepare(request: SipRequest, destination: Destination, branch: string, mayGrow = false): OutgoingRequest {
    const { transports, maxDatagramBytes = defaultMaxDatagramBytes } = this.#options;
    const transport = chooseTransport(transports, destination);
    if (transport === undefined)
      throw new TransportFailure(`no ${destination.protocol} transport for ${destination.host}`, destination);
    const outgoing = this.#made(request, destination, transport, branch);
    if (mayGrow || destination.protocol !== 'UDP' || outgoing.bytes.length <= maxDatagramBytes)
      return outgoing;
    // A flow is kept whatever the size (RFC 5626 section 5.3).
    const { flowId, ...address } = destination;
    const larger: Destination = { ...address, protocol: 'TCP' };
    const stream = flowId === undefined ? chooseTransport(transports, larger) : undefined;
    if (stream === undefined) return outgoing;
    return { ...this.#made(request, larger, stream, branch), fallback: destination };
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

  /** Resolves with the flow used; rejects with the transport's failure. */
  async send(bytes: Uint8Array, destination: Destination, transport: Transport): Promise<Flow> {
    try {
      const flow = await transport.send(bytes, destination);
      this.counters.sent += 1;
      this.#options.trace?.sent(bytes, flow);
      return flow;
    } catch (error) {
      this.counters.sendFailures += 1;
      if (error instanceof TransportFailure) throw error;
      throw new TransportFailure(error instanceof Error ? error.message : 'send failed', destination, {
        cause: error,
      });
    }
  }

  /** RFC 3261 section 18.2.2: by the request's connection, else by a new one to the same address, else to sent-by. */
  async sendResponse(bytes: Uint8Array, route: ResponseRoute): Promise<Flow> {
    const { transport, destination } = route;
    try {
      return await this.send(bytes, destination, transport);
    } catch (error) {
      if (!transport.reliable) throw error;
      return this.#sendToSentBy(bytes, route, error);
    }
  }

  async #sendToSentBy(bytes: Uint8Array, route: ResponseRoute, first: unknown): Promise<Flow> {
    const { transport, destination, sentBy } = route;
    const { protocol, host, port } = destination;
    let failure = first;
    const located = await this.#options.locateSentBy(sentBy, transport).catch(() => []);
    for (const candidate of [{ protocol, host, port }, ...located]) {
      try {
        return await this.send(bytes, candidate, transport);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** RFC 3261 section 8.2.7: an answer that leaves no transaction behind. */
  respondStatelessly(
    request: SipRequest,
    flow: Flow,
    transport: Transport,
    status: number,
    options: { reason?: string; headers?: Iterable<readonly [string, string]> } = {},
  ): void {
    if (request.method === 'ACK') return;
    const { statelessTag, log } = this.#options;
    try {
      const response = responseTo(request, status, { ...options, toTag: statelessTag });
      const route = this.#routeOrFlow(request, flow, transport);
      this.sendResponse(serializeMessage(response), route).catch((error: unknown) =>
        log?.debug({ error, flow: flow.id }, 'response without a transaction not sent'),
      );
    } catch (error) {
      log?.debug({ error, flow: flow.id }, 'request too broken to be answered');
    }
  }

  /** A request whose Via cannot be read is answered by the way it came. */
  #routeOrFlow(request: SipRequest, flow: Flow, transport: Transport): ResponseRoute {
    try {
      return routeOfResponse(stampReceived(request, flow), flow, transport);
    } catch {
      const { host, port } = flow.remote;
      const destination = { protocol: transport.protocol, host, port, flowId: flow.id };
      return { transport, destination, sentBy: { host, port: defaultPort(transport.protocol) } };
    }
  }

  #receiverFor(transport: Transport, user: TransportLayerUser): TransportReceiver {
    const { log } = this.#options;
    return {
      received: (bytes, flow) => this.#received(bytes, flow, transport, user),
      oversized: (head, flow) => this.#oversized(head, flow, transport),
      dropped: (reason, flow) => {
        this.counters.dropped += 1;
        log?.debug({ reason, flow: flow.id }, 'bytes that are no SIP dropped');
      },
      closed: (flow, error) => user.closed(flow, error),
    };
  }

  #received(bytes: Uint8Array, flow: Flow, transport: Transport, user: TransportLayerUser): void {
    this.counters.received += 1;
    this.#options.trace?.received(bytes, flow);
    const message = this.#read(bytes, flow, transport);
    if (message === undefined) return;
    try {
      if (message.kind === 'response') user.response(message, flow);
      else user.request(stampReceived(message, flow), flow, transport);
    } catch (error) {
      this.#malformed(error, message.kind === 'request' ? message : undefined, flow, transport);
    }
  }

  #read(bytes: Uint8Array, flow: Flow, transport: Transport): SipMessage | undefined {
    let message: SipMessage | undefined;
    try {
      message = parseMessage(bytes);
      validateMessage(message);
      return message;
    } catch (error) {
      this.#malformed(error, message?.kind === 'request' ? message : undefined, flow, transport);
      return undefined;
    }
  }

  #malformed(error: unknown, request: SipRequest | undefined, flow: Flow, transport: Transport): void {
    const { log } = this.#options;
    if (!(error instanceof MalformedMessage)) {
      this.counters.dropped += 1;
      log?.error({ error, flow: flow.id }, 'message could not be handled');
      return;
    }
    const answerable = error.partial ?? request;
    log?.info({ fault: error.message, flow: flow.id, remote: flow.remote }, 'malformed message');
    if (answerable === undefined || answerable.method === 'ACK') {
      this.counters.dropped += 1;
      return;
    }
    this.counters.malformed += 1;
    this.respondStatelessly(answerable, flow, transport, error.status, { reason: error.message });
  }

  /** The body is gone, the head tells whom to answer. */
  #oversized(head: Uint8Array, flow: Flow, transport: Transport): void {
    this.counters.oversized += 1;
    try {
      const message = parseMessage(head);
      if (message.kind === 'request') this.respondStatelessly(message, flow, transport, 413);
    } catch (error) {
      const partial = error instanceof MalformedMessage ? error.partial : undefined;
      if (partial !== undefined) this.respondStatelessly(partial, flow, transport, 413);
    }
  }

  /** Closes every transport. */
  async close(): Promise<void> {
    await Promise.all(this.#options.transports.map((transport) => transport.close()));
  }
}
