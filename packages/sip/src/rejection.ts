import { MalformedMessage } from './protocol/malformed-message.ts';
import { noBody, reasonPhrase } from './protocol/message.ts';

/** What a SipRejection may say besides its status. */
export interface RejectionOptions {
  readonly reason?: string;
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
  readonly cause?: unknown;
}

/** The error that is a response: thrown by a handler, it is what the peer is answered. */
export class SipRejection extends Error {
  override readonly name: string = 'SipRejection';
  /** 300 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;

  constructor(status: number, options: RejectionOptions = {}) {
    const reason = options.reason ?? reasonPhrase(status);
    super(`${status} ${reason}`, { cause: options.cause });
    this.status = status;
    this.reason = reason;
    this.headers = [...(options.headers ?? [])];
    this.body = options.body ?? noBody;
  }
}

/** Accepting came too late: a CANCEL was there first, and the INVITE is answered with 487 (RFC 3261 section 9.2). */
export class InviteCancelled extends SipRejection {
  override readonly name = 'InviteCancelled';

  constructor() {
    super(487);
  }
}

/** What an error thrown while a request was handled means to the peer; undefined where it is our own fault. */
export function rejectionFor(error: unknown): SipRejection | undefined {
  if (error instanceof SipRejection) return error;
  if (error instanceof MalformedMessage)
    return new SipRejection(error.status, { reason: error.message, cause: error });
  return undefined;
}
