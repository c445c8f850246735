import type { CpmUser } from '@restante/cpm';
import type { Destination, FeatureSet, Instant, SipRequest, SipResponse } from '@restante/sip';
import type { Binding } from './ports.ts';

/** One client of a user, as the rules see it: its address, its capabilities and the way to it. */
export interface RegisteredClient {
  readonly user: CpmUser;
  /** Names this client for as long as the device lives: instance, else contact. Lanes and the notification record use it. */
  readonly target: string;
  /** The Request-URI of what is sent to it (PF-4): its registered Contact. */
  readonly address: string;
  /** Path values in front of it (RFC 3327), topmost first. */
  readonly route: readonly string[];
  readonly features: FeatureSet;
  readonly q: number;
  /** The flow of its REGISTER, where that has to be used (RFC 5626, or an address that is not the contact's). */
  readonly destination?: Destination;
  readonly binding: Binding;
}

/** Who is registered now. Kept in memory by the registrar. */
export interface RegisteredClients {
  of(user: CpmUser, now: Instant): readonly RegisteredClient[];
  users(now: Instant): Iterable<CpmUser>;
}

/** Sends requests to clients and to senders: one MESSAGE at a time for each target (RFC 3428 section 8), oldest first. */
export interface RequestSender {
  /**
   * Resolves with the final response of any class; rejects as UserAgentCore.send does.
   * `route` is written as Route header fields before the core's own.
   */
  send(
    request: SipRequest,
    way: { readonly target: string; readonly route: readonly string[]; readonly destination?: Destination },
    options?: { readonly signal?: AbortSignal; readonly timeoutMilliseconds?: number },
  ): Promise<SipResponse>;
}
