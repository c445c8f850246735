import type { Admission, Clock, NameService, Random, SipLog, SipTrace, Transport } from './ports.ts';
import type { TimerSettings } from './transaction/timers.ts';

/** What a user agent bears before it refuses. */
export interface UserAgentLimits {
  /** Server transactions alive; more requests get 503. Default 500,000. */
  readonly serverTransactions?: number;
  /** The Retry-After of that 503, in seconds. Default 5. */
  readonly retryAfterSeconds?: number;
  /** RFC 3261 section 18.1.1: a larger request goes by TCP. Default 1300; more only where the path's MTU is known (MTU less 200). */
  readonly datagramBytes?: number;
}

export interface UserAgentCoreOptions {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  readonly random: Random;
  readonly nameService: NameService;
  /** The value of User-Agent in requests and Server in responses. */
  readonly userAgent?: string;
  /** Option tags for Supported, and taken in Require. */
  readonly supported?: readonly string[];
  readonly timers?: Partial<TimerSettings>;
  readonly limits?: UserAgentLimits;
  /** Asked before anything is made for a request. Default: every request is let in. */
  readonly admission?: Admission;
  /** URIs of a route set (RFC 3261 section 8.1.1.1), put before the Route of every request outside a dialog. */
  readonly outboundProxy?: readonly string[];
  readonly trace?: SipTrace;
  readonly log?: SipLog;
  /** The host of Via and Contact where it is not the socket's own. */
  readonly publicHost?: string;
  /** The user part of the Contacts that the core makes. */
  readonly contactUser?: string;
}

/** What goes for all handlers of a user agent. */
export interface HandleOptions {
  /** The media types of bodies, in lower case; others get 415 with Accept. Without it the handlers look for themselves. */
  readonly accept?: readonly string[];
  /** Option tags taken in Require besides `supported`. */
  readonly requireSupported?: readonly string[];
  /** The schemes of Request-URIs; others get 416. Default: sip, sips, tel. */
  readonly schemes?: readonly string[];
}
