import type { HeaderFields } from './header-fields.ts';

/** A SIP request (RFC 3261 section 7.1). The Request-URI is text as it stood on the line. */
export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
}

/** A SIP response (RFC 3261 section 7.2). */
export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
}

/** What goes over the wire. `method`, `uri` and `reason` may be slices of the message's whole head: see `detach`. */
export type SipMessage = SipRequest | SipResponse;
