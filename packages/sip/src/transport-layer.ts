import { MalformedMessage } from './protocol/malformed-message.ts';
import { responseTo } from './protocol/message.ts';
import type { SipMessage, SipRequest, SipResponse } from './protocol/message.ts';
import { parseMessage } from './protocol/parser.ts';
import { validateMessage } from './protocol/validate.ts';
import { serializeMessage } from './protocol/serializer.ts';
import type { Destination, Flow, SipLog, SipTrace, Transport, TransportReceiver } from './ports.ts';
import { TransportFailure } from './transport-failure.ts';
import { routeOfResponse, stampReceived } from './response-route.ts';
import type { ResponseRoute, SentBy } from './response-route.ts';

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
  /** Asked before a request is looked at any closer: the Retry-After of a 503 in seconds; undefined lets it in. */
  refusal(request: SipRequest): number | undefined;
  request(request: SipRequest, flow: Flow, transport: Transport): void;
  response(response: SipResponse, flow: Flow): void;
  closed(flow: Flow, error: Error | undefined): void;
}

export interface TransportLayerOptions {
  readonly transports: readonly Transport[];
  readonly trace?: SipTrace | undefined;
  readonly log?: SipLog | undefined;
  /** The tag of responses that are sent without a transaction; one for the process (RFC 3261 section 8.2.7). */
  readonly statelessTag: string;
  /** RFC 3263 section 5, for the case that the connection of a request is gone. */
  readonly locateSentBy: (sentBy: SentBy, transport: Transport) => Promise<readonly Destination[]>;
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
  sendResponse(bytes: Uint8Array, { transport, destination, sentBy }: ResponseRoute): Promise<Flow> {
    const sent = this.send(bytes, destination, transport);
    if (sentBy === undefined) return sent;
    return sent.catch((error: unknown) => this.#sendToSentBy(bytes, transport, sentBy, error));
  }

  async #sendToSentBy(
    bytes: Uint8Array,
    transport: Transport,
    sentBy: SentBy,
    first: unknown,
  ): Promise<Flow> {
    let failure = first;
    for (const candidate of await this.#options.locateSentBy(sentBy, transport).catch(() => [])) {
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
      const { stamped, route } = stampedAndRouted(request, flow, transport);
      const response = responseTo(stamped, status, { ...options, toTag: statelessTag });
      this.sendResponse(serializeMessage(response), route).catch((error: unknown) =>
        log?.debug({ error, flow: flow.id }, 'response without a transaction not sent'),
      );
    } catch (error) {
      // Only the fault: the error carries the request, and that is never logged.
      const fault = error instanceof Error ? error.message : 'unknown';
      log?.debug({ fault, flow: flow.id }, 'request too broken to be answered');
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
    const message = this.#read(bytes, flow, transport, user);
    if (message === undefined) return;
    try {
      if (message.kind === 'response') user.response(message, flow);
      else user.request(stampReceived(message, flow), flow, transport);
    } catch (error) {
      this.#malformed(error, message.kind === 'request' ? message : undefined, flow, transport);
    }
  }

  /** Undefined where there is nothing left to do. */
  #read(
    bytes: Uint8Array,
    flow: Flow,
    transport: Transport,
    user: TransportLayerUser,
  ): SipMessage | undefined {
    let message: SipMessage | undefined;
    try {
      message = parseMessage(bytes);
      if (message.kind === 'request') {
        const seconds = user.refusal(message);
        if (seconds !== undefined) return this.#refuse(message, flow, transport, seconds);
      }
      validateMessage(message);
      return message;
    } catch (error) {
      this.#malformed(error, message?.kind === 'request' ? message : undefined, flow, transport);
      return undefined;
    }
  }

  /** RFC 3261 section 21.5.4. A retransmission gets the same answer, or is let in. */
  #refuse(request: SipRequest, flow: Flow, transport: Transport, seconds: number): undefined {
    const headers = [['Retry-After', String(seconds)]] as const;
    this.respondStatelessly(request, flow, transport, 503, { headers });
  }

  #malformed(error: unknown, request: SipRequest | undefined, flow: Flow, transport: Transport): void {
    const { log } = this.#options;
    if (!(error instanceof MalformedMessage)) {
      this.counters.dropped += 1;
      log?.error({ error, flow: flow.id }, 'message could not be handled');
      return;
    }
    const answerable = error.partial ?? request;
    // Counted; a line for each would let anybody fill the log.
    log?.debug({ fault: error.message, flow: flow.id, remote: flow.remote }, 'malformed message');
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

/** A request whose Via cannot be read is answered by the way it came. */
function stampedAndRouted(
  request: SipRequest,
  flow: Flow,
  transport: Transport,
): { readonly stamped: SipRequest; readonly route: ResponseRoute } {
  try {
    const stamped = stampReceived(request, flow);
    return { stamped, route: routeOfResponse(stamped, flow, transport) };
  } catch {
    const { host, port } = flow.remote;
    const destination = { protocol: transport.protocol, host, port, flowId: flow.id };
    return { stamped: request, route: { transport, destination } };
  }
}
