import type { CpmUser } from '@restante/cpm';
import type { Instant } from '@restante/sip';
import type {
  Claim,
  DeferredMessage,
  DispositionNotification,
  MessageContent,
  MessageId,
  Outcome,
} from '../../participating-function/deferred/deferred-message.ts';
import type { Binding, LedgerEntry, UserAccount } from '../../participating-function/ports.ts';
import type { LedgerWords } from '../ledger-words.ts';

/** A message that waits, and the pull that holds it. */
export interface HeldMessage {
  message: DeferredMessage;
  readonly content: MessageContent;
  claim: (Omit<Claim, 'message'> & { readonly number: number }) | undefined;
}

export interface EndedMessage {
  readonly id: MessageId;
  readonly user: CpmUser;
  readonly identity: string;
  readonly outcome: Outcome;
  readonly at: Instant;
}

export interface OwedNotification {
  readonly id: number;
  readonly message: MessageId;
  readonly user: CpmUser;
  readonly notification: DispositionNotification;
  readonly owedSince: Instant;
  attempts: number;
  dueAt: Instant;
}

/** Everything the memory store knows; it ends with the process. */
export class MemoryState {
  sequence = 0;
  pulls = 0;
  owed = 0;
  /** In the order of arrival. */
  readonly messages = new Map<MessageId, HeldMessage>();
  readonly waiting = new Map<CpmUser, Map<string, MessageId>>();
  readonly ended = new Map<MessageId, EndedMessage>();
  readonly endedIdentities = new Map<string, EndedMessage>();
  readonly pullKeys = new Map<string, { readonly number: number; readonly at: Instant }>();
  readonly outbox = new Map<number, OwedNotification>();
  readonly ledger = new Map<MessageId, LedgerEntry[]>();
  readonly notices = new Map<CpmUser, LedgerEntry[]>();
  readonly told = new Map<CpmUser, Map<string, number>>();
  readonly registrations = new Map<CpmUser, readonly Binding[]>();
  readonly accounts = new Map<string, UserAccount>();

  /** Oldest first. */
  waitingFor(user: CpmUser): readonly HeldMessage[] {
    const ids = [...(this.waiting.get(user)?.values() ?? [])];
    return ids.map((id) => this.messages.get(id)).filter((held) => held !== undefined);
  }

  endedAs(user: CpmUser, identity: string): EndedMessage | undefined {
    return this.endedIdentities.get(identityKey(user, identity));
  }

  end(ended: EndedMessage): void {
    this.ended.set(ended.id, ended);
    this.endedIdentities.set(identityKey(ended.user, ended.identity), ended);
  }

  forget(ended: EndedMessage): void {
    this.ended.delete(ended.id);
    const key = identityKey(ended.user, ended.identity);
    if (this.endedIdentities.get(key) === ended) this.endedIdentities.delete(key);
    this.ledger.delete(ended.id);
  }

  tell(id: MessageId, user: CpmUser, at: Instant, words: LedgerWords): void {
    const entries = this.ledger.get(id) ?? [];
    entries.push({ at, user, message: id, ...words });
    this.ledger.set(id, entries);
  }

  notice(user: CpmUser, at: Instant, words: LedgerWords): void {
    const entries = this.notices.get(user) ?? [];
    entries.push({ at, user, ...words });
    this.notices.set(user, entries);
  }
}

function identityKey(user: CpmUser, identity: string): string {
  return `${user}\n${identity}`;
}
