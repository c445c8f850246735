import type { CpmUser } from '@restante/cpm';
import type { IncomingRequest } from '@restante/sip';

/** Proves who sends a request (RFC 3261 section 22). */
export interface Authentication {
  /** The user whose credentials it bears; rejects with the challenge or the refusal as a SipRejection. */
  account(incoming: IncomingRequest): Promise<CpmUser>;
}
