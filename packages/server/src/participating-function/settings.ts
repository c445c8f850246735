/** What the Participating Function's rules depend on, read once from the configuration. Times in the unit of the name. */
export interface ParticipatingFunctionSettings {
  /** The SIP domain of the users served, lower case. */
  readonly domain: string;
  /** Host part of message-URI-IDs and warn-agent of Warning: says nothing of the network inside (PF-20). */
  readonly publicHost: string;
  /** CPMDeferredMsgMgmtURI as provisioned. */
  readonly managementUri: string;
  /** Does the address (an IP literal) belong to a trusted network? */
  readonly isTrusted: (host: string) => boolean;
  /** Media types of bodies that are taken as standalone messages. */
  readonly acceptedTypes: readonly string[];
  readonly deferral: {
    /** The longest time a message waits, whatever its sender says (D-16). */
    readonly maximumSeconds: number;
    /** How long before expiry the user is warned; 0: not at all. */
    readonly warningSeconds: number;
  };
  readonly notification: {
    /** Reasons within this time make one notification (D-14). */
    readonly windowMilliseconds: number;
    /** Largest encoded MESSAGE in octets (RFC 3428 section 8). */
    readonly maximumOctets: number;
    readonly mediaType: string;
    readonly namespace: string;
  };
  readonly delivery: {
    /** A sender is answered within this time: what no client took by then is deferred. */
    readonly answerWithinMilliseconds: number;
    /** Service in Accept-Contact of a pulled message (D-18): `deferred`, or that of the original. */
    readonly featureTag: 'deferred' | 'original';
  };
  readonly dispositions: {
    /** First pause after a failed attempt; it doubles up to the maximum. */
    readonly retrySeconds: number;
    readonly maximumRetrySeconds: number;
    /** After this time an undeliverable notification is given up. */
    readonly giveUpSeconds: number;
  };
  readonly registration: {
    readonly minimumSeconds: number;
    readonly maximumSeconds: number;
    readonly defaultSeconds: number;
    readonly contactsPerUser: number;
  };
  readonly limits: {
    /** Octets of one message body. */
    readonly messageOctets: number;
    /** Waiting messages of one user. */
    readonly messagesPerUser: number;
    /** Entries in one pull list. */
    readonly listEntries: number;
  };
  /** How long the ledger and the identities of ended messages are kept, in seconds. */
  readonly retentionSeconds: number;
}
