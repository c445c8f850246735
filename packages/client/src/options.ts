import type { PullAction } from '@restante/cpm';
import type { Clock, NameService, Random, SipLog, SipTrace, Transport } from '@restante/sip';
import type { ReceivedNotification } from './notification-assembly.ts';

/** What to do with which messages: the message-URI-IDs of a notification with one action each, or all of them. */
export type PullInstruction = ReadonlyMap<string, PullAction> | 'everything';

/** What a CPM client is told, on every platform. */
export interface CpmClientOptions {
  /** The public identity: `sip:bob@example.com` or `tel:+15550123`. */
  readonly user: string;
  /** Where requests go first: `sip:host:port;transport=tcp`, or the `wss:` URL of a SIP over WebSocket server. */
  readonly server: string;
  /**
   * The provisioned CPMDeferredMsgMgmtURI: opaque, never built from a host name (CL-2). Where none is provisioned nothing
   * can be pulled and no notification is taken.
   */
  readonly deferredManagementUri?: string;
  /** The user part of `user` where it is left out. */
  readonly username?: string;
  readonly password?: string;
  readonly displayName?: string;
  /** The registrar's domain; that of `user` where it is left out. */
  readonly domain?: string;
  /** `urn:uuid:…` that stays the same for this device; a fresh one where it is left out (RFC 5626 section 4.1). */
  readonly instance?: string;
  /** This client stands inside the network's trust domain: P-Asserted-Identity instead of P-Preferred-Identity (RFC 3325). */
  readonly trusted?: boolean;
  /**
   * Called with each notification; what it returns is pulled at once, nothing where it returns undefined (CL-1).
   * Failures are logged.
   */
  readonly autoPull?: (notification: ReceivedNotification) => PullInstruction | undefined;
  /** The host that Contact and Via show, where it is not the socket's own. */
  readonly publicHost?: string;
  /** Seconds asked for at the registrar. Default 3600. */
  readonly registrationSeconds?: number;
  /** The product behind the release version in User-Agent. Default `restante`. */
  readonly product?: string;
  /** The most octets of a MESSAGE request. Default 1300 (RFC 3428 section 8); more only where every hop is known to be safe. */
  readonly pagerLimitBytes?: number;
  /** The most octets of a body after its Content-Encoding was taken off. Default 1 MiB. */
  readonly maxContentBytes?: number;
  /**
   * Values kept for a loop that is slow or not there yet. Default 1000. Where messages have no room left the network is
   * told 503 and keeps them; of notifications and dispositions the oldest gives way.
   */
  readonly bufferedValues?: number;
  readonly notificationMediaType?: string;
  readonly notificationNamespace?: string;
  readonly log?: SipLog;
  readonly trace?: SipTrace;
}

/** Any of the client's acts can be abandoned. */
export interface ActOptions {
  readonly signal?: AbortSignal;
}

/** What a client stands on: sockets, time, chance and names. The client closes the transports. */
export interface ClientPlatform {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  readonly random: Random;
  readonly nameService: NameService;
}
