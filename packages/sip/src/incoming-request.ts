import { addTag } from './protocol/name-address.ts';
import { responseTo } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import type { Flow, SipLog } from './ports.ts';
import { rejectionFor, SipRejection } from './rejection.ts';
import type { ServerTransaction } from './transaction/server-transaction.ts';

/**
 * A thrown SipRejection is answered as such, a MalformedMessage with its status and fault, anything else with 500.
 * Written as a method so that a handler of INVITE, which is given more, may stand beside the others.
 */
export type RequestHandler = { handle(incoming: IncomingRequest): void | Promise<void> }['handle'];

/** A request that passed the checks of RFC 3261 section 8.2 and waits for its answer. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Provisional responses as often as wanted, a final one once; later calls are ignored and logged. May be taken out of the object. */
  readonly respond: (response: SipResponse) => void;
}

/** What all responses of this user agent have in common. */
export interface ResponseDefaults {
  /** The value of Server. */
  readonly userAgent: string | undefined;
  readonly log: SipLog | undefined;
  newTag(): string;
}

/** An incoming request and its server transaction. */
export class Incoming implements IncomingRequest {
  readonly request: SipRequest;
  protected readonly transaction: ServerTransaction;
  protected readonly defaults: ResponseDefaults;
  #toTag: string | undefined;

  constructor(request: SipRequest, transaction: ServerTransaction, defaults: ResponseDefaults) {
    this.request = request;
    this.transaction = transaction;
    this.defaults = defaults;
  }

  get flow(): Flow {
    return this.transaction.flow;
  }

  /** No final response was sent yet. */
  get open(): boolean {
    return this.transaction.open;
  }

  /** The tag of every response to this request but 100 (RFC 3261 section 8.2.6.2). */
  get toTag(): string {
    this.#toTag ??= this.defaults.newTag();
    return this.#toTag;
  }

  readonly respond = (response: SipResponse): void => this.answer(response);

  protected answer(response: SipResponse): void {
    if (this.open) this.transaction.respond(this.completed(response));
    else this.defaults.log?.warn(this.#facts(response.status), 'second final response ignored');
  }

  reject(rejection: SipRejection): void {
    const { status, reason, headers, body } = rejection;
    this.respond(responseTo(this.request, status, { reason, headers, body }));
  }

  /** Answers for a handler that threw. */
  fail(error: unknown): void {
    const rejection = rejectionFor(error);
    if (rejection === undefined)
      this.defaults.log?.error({ error, ...this.#facts(500) }, 'request handler failed');
    if (this.open) this.reject(rejection ?? new SipRejection(500));
  }

  /** With our tag in To and our name in Server. */
  protected completed(response: SipResponse): SipResponse {
    let { headers } = response;
    const to = headers.get('To');
    if (response.status > 100 && to !== undefined) {
      // The handler's own tag, if any, stays; to look for one costs more than to see that there is none.
      const tagged = /tag/i.test(to) ? addTag(to, this.toTag) : `${to};tag=${this.toTag}`;
      if (tagged !== to) headers = headers.with('To', tagged);
    }
    const { userAgent } = this.defaults;
    if (userAgent !== undefined && !headers.has('Server')) headers = headers.append('Server', userAgent);
    return headers === response.headers ? response : { ...response, headers };
  }

  #facts(status: number): object {
    const { method, headers } = this.request;
    return { method, status, callId: headers.get('Call-ID') };
  }
}

/** Calls the handler; whatever it throws, now or later, is answered. */
export function runHandler<Kind extends Incoming>(
  handler: (incoming: Kind) => void | Promise<void>,
  incoming: Kind,
): void {
  try {
    const done = handler(incoming);
    if (done !== undefined) done.catch((error: unknown) => incoming.fail(error));
  } catch (error) {
    incoming.fail(error);
  }
}
