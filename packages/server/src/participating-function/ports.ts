import type { CpmUser } from '@restante/cpm';
import type { Instant } from '@restante/sip';
import type {
  Claim,
  DeferredMessage,
  DispositionNotification,
  MessageContent,
  MessageDescription,
  MessageId,
  NewDeferredMessage,
  Outcome,
  PullRequest,
  Settlement,
} from './deferred/deferred-message.ts';

/** The disk is full, failing or locked. Nothing of the operation took place (D-22): answer 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

export type EnqueueResult =
  | { readonly kind: 'stored'; readonly sequence: number }
  /** The same originator and Message-ID again (D-6): nothing was written. */
  | { readonly kind: 'already-waiting'; readonly id: MessageId }
  | { readonly kind: 'already-settled'; readonly outcome: Outcome }
  /** The user has as many waiting messages as the limit allows; nothing was written. */
  | { readonly kind: 'queue-full' };

export type ClaimResult =
  /** In the order delete, interwork, store, deliver; oldest first in each. */
  | { readonly kind: 'claimed'; readonly claims: readonly Claim[] }
  /** This very INVITE was answered before, perhaps by the process that ran before this one. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'nothing' };

/** Durable storage as the pull mode needs it. Every promise resolves after the commit; a failure is a StoreUnavailable. */
export interface DeferredQueue {
  enqueue(message: NewDeferredMessage, limits: { readonly perUser: number }): Promise<EnqueueResult>;
  /** All that wait for a user, claimed ones too, oldest first. */
  waiting(user: CpmUser): Promise<readonly DeferredMessage[]>;
  /** Of each message, in the order of `ids`, by one look; undefined for one that is not there. */
  contents(ids: readonly MessageId[]): Promise<readonly (MessageContent | undefined)[]>;
  /** Takes what the pull names and nobody holds, in one commit, so that an answered pull survives a restart. */
  claim(pull: PullRequest, at: Instant): Promise<ClaimResult>;
  /** What pulls hold, at start what the process before this one had not ended: pull by pull, each in the order of its claim. */
  openClaims(): Promise<readonly Claim[]>;
  /** Gives a claimed message back; `failed` counts the attempt. A message that no pull holds is left alone. */
  release(id: MessageId, at: Instant, reason: string, failed: boolean): Promise<void>;
  /** Removes the message and keeps the notification it owes, in one commit. False: it had been settled before. */
  settle(id: MessageId, settlement: Settlement): Promise<boolean>;
}

/** Time's side of the queue. A claimed message does not expire (D-16). */
export interface Deadlines {
  /** Unclaimed messages whose time is over, the most overdue first. */
  expired(now: Instant, limit: number): Promise<readonly DeferredMessage[]>;
  /** Unwarned, unclaimed messages that expire at or before `horizon`, and not before `now`. */
  expiring(now: Instant, horizon: Instant, limit: number): Promise<readonly DeferredMessage[]>;
  markWarned(ids: readonly MessageId[], at: Instant): Promise<void>;
  /** As DeferredQueue.settle, but only while no pull holds the message. */
  settleUnclaimed(id: MessageId, settlement: Settlement): Promise<boolean>;
  /** The earliest expiry among the unclaimed, and the earliest among those of them that are unwarned. */
  next(): Promise<{ readonly expiry: Instant | undefined; readonly unwarnedExpiry: Instant | undefined }>;
}

/** Which client has been told of what: a restart neither forgets a notification nor repeats it. */
export interface NotificationRecord {
  /** The highest `sequence` that this client has been told of; 0 where there is none. */
  told(user: CpmUser, target: string): Promise<number>;
  /** `upTo` is undefined when the notification failed: only the ledger learns of it. */
  record(notice: {
    readonly user: CpmUser;
    readonly target: string;
    readonly upTo: number | undefined;
    readonly at: Instant;
    readonly evidence: string;
  }): Promise<void>;
  /** Users with waiting messages among those given: whom to look at after a restart. */
  withWaiting(users: readonly CpmUser[]): Promise<readonly CpmUser[]>;
}

export interface OutboxRow {
  readonly id: number;
  readonly notification: DispositionNotification;
  readonly attempts: number;
  readonly owedSince: Instant;
}

/** Disposition notifications that are owed; a row leaves on the 2xx or when it is given up. */
export interface DispositionOutbox {
  /** Rows whose time has come, oldest first. */
  due(now: Instant, limit: number): Promise<readonly OutboxRow[]>;
  /** When the next row is due; undefined when none is owed. */
  nextDue(): Promise<Instant | undefined>;
  sent(id: number, at: Instant, evidence: string): Promise<void>;
  postpone(id: number, at: Instant, until: Instant, reason: string): Promise<void>;
  abandon(id: number, at: Instant, reason: string): Promise<void>;
  /** A user has registered: what is owed to this address is due now. */
  hasten(sender: string, at: Instant): Promise<number>;
}

/** Messages that went straight to a client: kept so that the same one is not delivered twice (D-6). */
export interface DeliveryRecord {
  seen(user: CpmUser, identity: string): Promise<'waiting' | 'settled' | undefined>;
  /** The message was delivered without being deferred. Resolves after the commit, before the sender's 2xx. */
  delivered(
    message: MessageDescription & { readonly id: MessageId },
    at: Instant,
    evidence: string,
  ): Promise<void>;
  /** Forgets identities and ledger entries of messages that ended before `horizon`. Returns how many. */
  forget(horizon: Instant, limit: number): Promise<number>;
}

/** One Contact of a user, as registered (RFC 3261 section 10.3, RFC 5626, RFC 5627). */
export interface Binding {
  readonly user: CpmUser;
  /** The Contact URI as written: the Request-URI of what is sent to this client. */
  readonly contact: string;
  /** The whole Contact value with its parameters, as written: feature tags are read from it. */
  readonly contactField: string;
  readonly instance?: string;
  readonly regId?: number;
  /** Path values (RFC 3327), topmost first: the route towards the client. */
  readonly path: readonly string[];
  readonly callId: string;
  readonly sequence: number;
  readonly q: number;
  readonly registeredAt: Instant;
  readonly expiresAt: Instant;
  readonly userAgent?: string;
  readonly publicGruu?: string;
  readonly temporaryGruus: readonly string[];
  /** Where the REGISTER came from: used for clients behind a NAT and for connections they opened. */
  readonly flow: {
    readonly id: string;
    readonly protocol: string;
    readonly host: string;
    readonly port: number;
  };
}

/** Durable side of the registrar, which keeps all bindings in memory. */
export interface Registrations {
  load(): Promise<readonly Binding[]>;
  /** Replaces all bindings of one user in one commit. */
  save(user: CpmUser, bindings: readonly Binding[]): Promise<void>;
}

/** A user who can authenticate by digest: H(A1) for each algorithm, never the password (RFC 8760). */
export interface UserAccount {
  readonly user: CpmUser;
  readonly username: string;
  readonly realm: string;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

export interface UserAccounts {
  find(username: string, realm: string): Promise<UserAccount | undefined>;
  known(user: CpmUser): Promise<boolean>;
  /** Adds or replaces. */
  put(account: UserAccount): Promise<void>;
  remove(user: CpmUser): Promise<boolean>;
  list(): Promise<readonly UserAccount[]>;
}

/** One thing that happened to a message or to its user, in plain words. */
export interface LedgerEntry {
  readonly at: Instant;
  readonly user: CpmUser;
  readonly message?: MessageId;
  readonly event: string;
  readonly detail: string;
}

/** What people ask of the queue (`restante queue …`). */
export interface QueueInspection {
  list(filter: {
    readonly user?: CpmUser;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly DeferredMessage[]>;
  find(id: MessageId): Promise<DeferredMessage | undefined>;
  /** The story of a message, oldest first, also after it is gone; notifications of its user while it waited included. */
  story(id: MessageId): Promise<readonly LedgerEntry[]>;
  /** IDs of messages that have ended and are not forgotten, the last one first. */
  ended(limit: number): Promise<readonly MessageId[]>;
  counts(): Promise<{
    readonly waiting: number;
    readonly claimed: number;
    readonly users: number;
    readonly owed: number;
  }>;
}

/** Everything durable, behind one lifetime. */
export interface Store extends AsyncDisposable {
  readonly queue: DeferredQueue;
  readonly deadlines: Deadlines;
  readonly notifications: NotificationRecord;
  readonly outbox: DispositionOutbox;
  readonly deliveries: DeliveryRecord;
  readonly registrations: Registrations;
  readonly accounts: UserAccounts;
  readonly inspection: QueueInspection;
  /** Another process (the command line) has written: what it touched is to be looked at again. */
  onForeignChange(listener: () => void): void;
}
