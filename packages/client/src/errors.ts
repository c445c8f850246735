import type { SipResponse, Warning } from '@restante/sip';
import { retryAfter, warnings } from '@restante/sip';

/** The network answered with an error. The errors that carry a status are all of this kind. */
export class RequestRefused extends Error {
  override readonly name: string = 'RequestRefused';
  readonly status: number;
  /** The reason phrase as the network wrote it. */
  readonly reason: string;
  readonly warnings: readonly Warning[];
  /** The whole answer, for header fields that matter to somebody: Unsupported, Require, Accept … */
  readonly response: SipResponse;

  constructor(what: string, response: SipResponse) {
    const texts = readable(() => warnings(response)) ?? [];
    const details = texts.map(({ text }) => ` (${text})`).join('');
    super(`${what} was answered ${response.status} ${response.reason}${details}`);
    this.status = response.status;
    this.reason = response.reason;
    this.warnings = texts;
    this.response = response;
  }
}

/** The pull was refused for good: 403, 400 for a list that cannot be read, 420, 6xx and their like. */
export class PullRefused extends RequestRefused {
  override readonly name = 'PullRefused';
}

/** The registrar refused for good: 403, 404, 400 and their like. */
export class RegistrationRefused extends RequestRefused {
  override readonly name = 'RegistrationRefused';
}

/** The message was not accepted: 404 for an unknown user, 415, 488, 6xx and their like. */
export class MessageRefused extends RequestRefused {
  override readonly name = 'MessageRefused';
}

/** The network challenged and our credentials were not good enough, or there were none. */
export class AuthenticationFailed extends RequestRefused {
  override readonly name = 'AuthenticationFailed';
}

/** 480, 486 or 503: the same request may succeed later (RFC 3261 sections 21.4.18, 21.4.24 and 21.5.4). */
export class RetryLater extends RequestRefused {
  override readonly name = 'RetryLater';
  /** From Retry-After; undefined where the network does not say. Sooner is not allowed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(what: string, response: SipResponse, retryAfterSeconds = readable(() => retryAfter(response))) {
    super(what, response);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** 408 from the network. Where nothing answered at all, RequestTimeout of the SIP stack is thrown instead. */
export class NetworkTimeout extends RequestRefused {
  override readonly name = 'NetworkTimeout';
}

/** The request would be larger than pager mode allows (RFC 3428 section 8); nothing was sent. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
  /** Octets of the whole request. */
  readonly size: number;
  readonly limit: number;

  constructor(size: number, limit: number) {
    super(`the request would have ${size} octets, pager mode allows ${limit}`);
    this.size = size;
    this.limit = limit;
  }
}

/** No CPMDeferredMsgMgmtURI was provisioned: nothing can be pulled. */
export class NotProvisioned extends Error {
  override readonly name = 'NotProvisioned';

  constructor() {
    super('no deferredManagementUri: nothing can be pulled');
  }
}

/** The client was closed. */
export class ClientClosed extends Error {
  override readonly name = 'ClientClosed';

  constructor() {
    super('the client is closed');
  }
}

type RefusalClass = new (what: string, response: SipResponse) => RequestRefused;

/** What RFC 3261 makes of each status; every other one is the caller's own refusal. */
const byStatus: ReadonlyMap<number, RefusalClass> = new Map<number, RefusalClass>([
  [401, AuthenticationFailed],
  [407, AuthenticationFailed],
  [408, NetworkTimeout],
  [480, RetryLater],
  [486, RetryLater],
  [503, RetryLater],
]);

/** The typed error for a final response that is no success. */
export function refusalOf(what: string, response: SipResponse, otherwise: RefusalClass): RequestRefused {
  const Refusal = byStatus.get(response.status) ?? otherwise;
  return new Refusal(what, response);
}

/** A header field that cannot be read adds nothing to an error. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
