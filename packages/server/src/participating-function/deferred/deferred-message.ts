import type { CpmUser, Disposition, MessageMode, PullAction } from '@restante/cpm';
import type { Instant } from '@restante/sip';

/**
 * Opaque and unguessable; the message-URI-ID is `sip:<id>@<public host>` (PF-1, PF-20).
 * Ids that begin with the time of acceptance in a form that sorts, randomness after it, keep the store's index dense:
 * with many millions waiting a wholly random id costs one more page written for each message.
 */
export type MessageId = string;

/** What the sender's IMDN headers ask for (RFC 5438 section 6), kept beside the message so that no body need be read. */
export interface RequestedDispositions {
  readonly messageId: string;
  readonly wanted: readonly Disposition[];
  /** CPIM From: where the notification ends when there is no route. */
  readonly from: string;
  /** CPIM To, and Original-To where a list was expanded. */
  readonly to: string;
  readonly originalTo?: string;
  /** CPIM DateTime as written. */
  readonly dateTime?: string;
  /** IMDN-Record-Route values, topmost first. */
  readonly recordRoutes: readonly string[];
}

/** What notifications and decisions need of a message: everything but its content. */
export interface MessageDescription {
  readonly user: CpmUser;
  readonly mode: MessageMode;
  /**
   * Equal for the same message sent twice to one user (D-6): from the originator and imdn.Message-ID,
   * or from the identity of the request where there is none; never from Call-ID alone.
   */
  readonly identity: string;
  /** Asserted originator; absent when it is withheld. */
  readonly sender?: string;
  readonly senderName?: string;
  /** The address that the sender wrote. */
  readonly to: string;
  readonly acceptedAt: Instant;
  readonly sentAt?: Instant;
  readonly expiresAt: Instant;
  /** Octets of the content inside the CPIM wrapper. */
  readonly size: number;
  readonly contentType: string;
  readonly subject?: string;
  readonly conversationId?: string;
  readonly contributionId?: string;
  /** Accept-Contact rows of the request, as written: suitability is judged by them later too. */
  readonly acceptContacts: readonly string[];
  readonly dispositions?: RequestedDispositions;
}

/** The octets and end-to-end header fields that go to the client unchanged (D-19). */
export interface MessageContent {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** A message on its way into the queue. */
export interface NewDeferredMessage extends MessageDescription {
  readonly id: MessageId;
  readonly content: MessageContent;
}

/** A message in the queue, without its content. */
export interface DeferredMessage extends MessageDescription {
  readonly id: MessageId;
  /** Grows with every message that the store accepts; order of arrival. */
  readonly sequence: number;
  /** Failed deliveries so far (D-9). */
  readonly attempts: number;
  /** A pull holds it now. */
  readonly claimed: boolean;
  /** The expiry warning has been sent. */
  readonly warned: boolean;
}

/** The device that a pull came from (D-8): GRUU, else instance, else contact. */
export interface PullingDevice {
  readonly gruu?: string;
  readonly instance?: string;
  readonly contact: string;
}

/** One INVITE's instruction. */
export interface PullRequest {
  /** The same for every copy of one INVITE, also across a restart: Call-ID, From tag and CSeq number. */
  readonly key: string;
  readonly user: CpmUser;
  readonly actions: 'deliver-all' | ReadonlyMap<MessageId, PullAction>;
  readonly device: PullingDevice;
}

/** A message that one pull holds until it is settled or released. */
export interface Claim {
  readonly pull: string;
  readonly action: PullAction;
  readonly device: PullingDevice;
  readonly message: DeferredMessage;
}

/** How a deferred message ended. `delivered-late`: a direct delivery that was given up was answered after all. */
export type Outcome = 'delivered' | 'delivered-late' | 'deleted' | 'expired' | 'withdrawn';

/** A disposition notification that we owe a sender; the row of the outbox. */
export interface DispositionNotification {
  /** imdn.Message-ID of the notification itself: the same at every attempt. */
  readonly imdnMessageId: string;
  readonly about: RequestedDispositions;
  readonly user: CpmUser;
  /** The originator to whom it goes (SIP From of the message, RFC 5438 section 12.1.3.1). */
  readonly sender: string;
  readonly status: 'delivered' | 'failed';
  readonly conversationId?: string;
  readonly contributionId?: string;
}

/** The end of a deferred message, committed together with what is owed for it. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly at: Instant;
  /** The answer or event it rests on, in plain words: it is what `queue why` shows. */
  readonly evidence: string;
  readonly owed?: DispositionNotification;
}
