import type { SipRequest, SipResponse } from './protocol/message.ts';
import { addTag } from './protocol/name-address.ts';
import type { NameAddress } from './protocol/name-address.ts';
import { cseq, routes, to } from './protocol/readers.ts';
import { parseUri } from './protocol/uri.ts';
import type { Cancellation } from './cancellation.ts';
import type { SendOptions } from './client-options.ts';
import type { ClientAuthenticator } from './digest-authentication.ts';
import { locate, locateNumeric } from './locate.ts';
import type { LocateOptions } from './locate.ts';
import type { Destination, Flow, Transport } from './ports.ts';
import { Redirection } from './redirection.ts';
import type { Attempt } from './request-attempt.ts';
import { RequestTimeout } from './request-timeout.ts';
import { route, withRoutes } from './route-set.ts';
import type { Tokens } from './tokens.ts';
import { describeDestination, TransportFailure } from './transport-failure.ts';

export interface RequestSenderOptions {
  readonly tokens: Tokens;
  readonly transports: readonly Transport[];
  readonly locating: LocateOptions;
  readonly authenticator: ClientAuthenticator;
  /** The value of User-Agent. */
  readonly userAgent: string | undefined;
  readonly supported: readonly string[];
  readonly outboundProxy: readonly NameAddress[];
}

/** How often one request is sent again with credentials or to another target: a bound on loops. */
const maxRounds = 10;

/** Where an extension may be applied by the server; a MESSAGE has to stay small. */
const negotiating: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'REGISTER', 'OPTIONS']);

/** RFC 3261 section 8.1: fills a request, finds its destinations, and goes on where a response says so. */
export class RequestSender {
  readonly #options: RequestSenderOptions;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  /** The final response; rejects with what the last attempt failed with. */
  async send(
    request: SipRequest,
    options: SendOptions,
    cancellation: Cancellation,
    attempt: Attempt,
  ): Promise<SipResponse> {
    const { authenticator } = this.#options;
    const { credentials, followRedirects = false } = options;
    const redirection = new Redirection(request.uri);
    const challenges = authenticator.begin(credentials);
    let current = challenges.prepare(this.complete(request, options));
    for (let round = 1; ; round += 1) {
      const response = await this.#tryDestinations(current, options, cancellation, attempt);
      if (response.status < 300 || round === maxRounds) return response;
      const target = (): SipRequest | undefined =>
        followRedirects ? redirection.next(current, response) : undefined;
      const next = challenges.accept(current, response) ? current : target();
      if (next === undefined) return response;
      current = challenges.prepare(withNextSequence(next, options));
    }
  }

  /** RFC 3261 section 8.1.1: what the caller left out. */
  complete(request: SipRequest, options: SendOptions): SipRequest {
    const { tokens, userAgent, supported, outboundProxy } = this.#options;
    let { headers } = request;
    const sender = headers.get('From');
    if (sender === undefined) throw new TypeError('a request needs a From header field');
    const missing: [string, string][] = [];
    const fill = (name: string, value: () => string): void => {
      if (!headers.has(name)) missing.push([name, value()]);
    };
    fill('Max-Forwards', () => '70');
    fill('To', () => `<${request.uri}>`);
    fill('Call-ID', () => tokens.next(12));
    fill('CSeq', () => `1 ${request.method}`);
    if (userAgent !== undefined) fill('User-Agent', () => userAgent);
    if (supported.length > 0 && negotiating.has(request.method))
      fill('Supported', () => supported.join(', '));
    const tagged = addTag(sender, tokens.next(6));
    if (tagged !== sender) headers = headers.with('From', tagged);
    if (missing.length > 0) headers = headers.concat(missing);
    const completed = { ...request, headers };
    const direct = options.destination !== undefined || options.flow !== undefined;
    if (direct || outboundProxy.length === 0 || to(completed).parameters.has('tag')) return completed;
    return { ...completed, headers: withRoutes(headers, [...outboundProxy, ...routes(completed)]) };
  }

  /** For what has no transaction (an ACK for a 2xx): where it goes, and what it then looks like. */
  async firstThatTakes(
    request: SipRequest,
    options: SendOptions,
    take: (request: SipRequest, destination: Destination) => Promise<unknown>,
  ): Promise<void> {
    const { request: routed, nextHop } = route(request);
    let failure: unknown;
    for await (const destination of this.#destinations(nextHop, options)) {
      try {
        await take(routed, destination);
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure ?? unlocated(nextHop);
  }

  /** RFC 3263 section 4.3: the next destination where one is unreachable, silent or answers 503. */
  async #tryDestinations(
    request: SipRequest,
    options: SendOptions,
    cancellation: Cancellation,
    attempt: Attempt,
  ): Promise<SipResponse> {
    const { request: routed, nextHop } = route(request);
    let unavailable: SipResponse | undefined;
    let failure: unknown;
    for await (const destination of this.#destinations(nextHop, options)) {
      cancellation.throwIfAborted();
      try {
        const response = await attempt(routed, destination);
        if (response.status !== 503) return response;
        unavailable = response;
      } catch (error) {
        if (cancellation.aborted || !mayFailOver(error)) throw error;
        failure = error;
      }
    }
    cancellation.throwIfAborted();
    if (unavailable !== undefined) return unavailable;
    throw failure ?? unlocated(nextHop);
  }

  #destinations(nextHop: string, { destination, flow }: SendOptions): Destinations {
    if (flow !== undefined) return [this.#byFlow(flow)];
    if (destination !== undefined) return 'host' in destination ? [destination] : destination;
    const uri = parseUri(nextHop);
    if (uri.kind !== 'sip') throw unlocated(nextHop);
    const { locating } = this.#options;
    const numeric = locateNumeric(uri, locating);
    return numeric === undefined ? locate(uri, locating) : [numeric];
  }

  #byFlow({ id, protocol, remote }: Flow): Destination {
    const destination = { protocol, host: remote.host, port: remote.port, flowId: id };
    // RFC 5626 section 5.3: no other way is tried for a flow that is gone.
    if (
      !this.#options.transports.some((transport) => transport.protocol === protocol && transport.isOpen(id))
    )
      throw new TransportFailure(`the flow to ${describeDestination(destination)} is closed`, destination);
    return destination;
  }
}

/** Known at once, or looked up as far as they are tried. */
type Destinations = Iterable<Destination> | AsyncIterable<Destination>;

function mayFailOver(error: unknown): boolean {
  return error instanceof TransportFailure || error instanceof RequestTimeout;
}

function unlocated(uri: string): TransportFailure {
  return new TransportFailure(`no server found for ${uri}`, { protocol: 'UDP', host: uri, port: 0 });
}

/** RFC 3261 sections 8.1.3.4 and 22.2: a request sent again is a new one of the same Call-ID. */
function withNextSequence(request: SipRequest, { dialog }: SendOptions): SipRequest {
  const sequence = dialog?.nextSequence() ?? cseq(request).sequence + 1;
  return { ...request, headers: request.headers.with('CSeq', `${sequence} ${request.method}`) };
}
