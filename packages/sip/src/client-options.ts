import type { SipResponse } from './protocol/message.ts';
import type { Dialog } from './dialog.ts';
import type { Destination, Flow } from './ports.ts';

/** Who asks. */
export interface UserCredentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials, or what gives those of a realm; undefined where there are none for it. */
export type Credentials = UserCredentials | ((realm: string) => UserCredentials | undefined);

export interface SendOptions {
  /** Aborts the wait; an INVITE is cancelled. The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Answers 401 and 407. */
  readonly credentials?: Credentials;
  /** Where to send, in the order in which to try, in place of RFC 3263. The outbound proxy is not asked then. */
  readonly destination?: Destination | readonly Destination[];
  /** Send by this flow (RFC 5626). The outbound proxy is not asked then. */
  readonly flow?: Flow;
  /** Rejects with RequestTimeout after so long, whatever is still to be tried. Default: timers B and F for each try, 180 s for an INVITE. */
  readonly timeoutMs?: number;
  /** Follows Contacts of 3xx responses, the best first. */
  readonly followRedirects?: boolean;
  /** The dialog that the request belongs to: one that is sent again with credentials counts in its CSeq. */
  readonly dialog?: Dialog;
  readonly onProvisional?: (response: SipResponse) => void;
}
