import { parseUri, responseTo, SipRejection } from '@restante/sip';
import type { Clock, IncomingRequest, Instant, Random, SipLog, Uri } from '@restante/sip';
import { decideDelivery } from './delivery-decision.ts';
import type { DeliveryDecision } from './delivery-decision.ts';
import type { NotificationReason } from './deferred/notification-plan.ts';
import type { MessageDescription, MessageId } from './deferred/deferred-message.ts';
import type { DeliveryAttempt, MessageDelivery } from './message-delivery.ts';
import { newMessageId } from './message-id.ts';
import type { Deadlines, DeferredQueue, DeliveryRecord, UserAccounts } from './ports.ts';
import type { Addressee, RegistrationTable } from './registered-clients.ts';
import type { Requester } from './requester.ts';
import { isSameAddress } from './served-user.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';
import { readStandaloneMessage } from './standalone-message.ts';
import type { StandaloneMessage } from './standalone-message.ts';
import { orUnavailable } from './store-failure.ts';
import { warning } from './warning.ts';
import { within } from './within.ts';
import type { CpmUser } from '@restante/cpm';

export interface MessageHandlerParts {
  readonly requester: Requester;
  readonly clients: RegistrationTable;
  readonly accounts: Pick<UserAccounts, 'known'>;
  readonly queue: Pick<DeferredQueue, 'enqueue'>;
  readonly deadlines: Pick<Deadlines, 'settleUnclaimed'>;
  readonly deliveries: Pick<DeliveryRecord, 'seen' | 'delivered'>;
  readonly delivery: Pick<MessageDelivery, 'deliver'>;
  readonly notifier: { wake(user: CpmUser, reason: NotificationReason): void };
  readonly expiry: { expect(expiresAt: Instant): void };
  readonly settings: ParticipatingFunctionSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** 200: a client has it. 202: it is kept, or it was dealt with before (RFC 3428 section 7). */
type Answer = { readonly status: 200 } | { readonly status: 202; readonly deferred?: MessageId };

/** D-6: the same message again, while the first copy has no answer yet, gets that answer. */
interface UnderWay {
  readonly answer: Promise<Answer>;
  /** The first copy's sender has been answered, or refused. Never rejects. */
  readonly answered: Promise<void>;
}

type Delivering = Extract<DeliveryDecision, { kind: 'deliver' }>;

/** When a sender may find room again in a queue that was full. */
const retryAfterSeconds = 600;

/** Pager mode CPM Standalone Messages: delivered at once where that is possible, deferred where it is not (PF-1). */
export class MessageHandler {
  readonly #parts: MessageHandlerParts;
  readonly #managementUri: Uri;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(parts: MessageHandlerParts) {
    this.#parts = parts;
    this.#managementUri = parseUri(parts.settings.managementUri);
  }

  async handle(incoming: IncomingRequest): Promise<void> {
    const message = await this.#read(incoming);
    // A sender's client may not know what to make of a report on a message that has no answer yet.
    if (message.about !== undefined) await this.#underWay.get(keyOf(message.about))?.answered;
    const key = keyOf(message.description);
    const first = this.#underWay.get(key);
    if (first !== undefined) return this.#respond(incoming, message, await first.answer);
    const answer = this.#take(message);
    const answered = answer.then((taken) => this.#respond(incoming, message, taken));
    this.#underWay.set(key, { answer, answered: answered.catch(() => {}) });
    return answered.finally(() => this.#underWay.delete(key));
  }

  #respond(incoming: IncomingRequest, { description }: StandaloneMessage, answer: Answer): void {
    incoming.respond(responseTo(incoming.request, answer.status));
    if (answer.status === 202 && answer.deferred !== undefined)
      this.#parts.notifier.wake(description.user, { kind: 'deferred' });
  }

  async #read(incoming: IncomingRequest): Promise<StandaloneMessage> {
    const { requester, settings, clock } = this.#parts;
    const originator = await requester.originator(incoming);
    const trusted = requester.isTrusted(incoming);
    const addressee = await this.#addressee(incoming, trusted);
    return readStandaloneMessage(incoming.request, {
      addressee,
      originator,
      trusted,
      settings,
      now: clock.now(),
    });
  }

  /** A trusted network knows its users; for everybody else a user is one with an account or a registered client. */
  async #addressee({ request }: IncomingRequest, trusted: boolean): Promise<Addressee> {
    const { clients, accounts, clock, log } = this.#parts;
    const uri = parseUri(request.uri);
    const addressee = isSameAddress(uri, this.#managementUri) ? undefined : clients.addressee(uri);
    if (addressee === undefined) throw new SipRejection(404);
    if (trusted || clients.of(addressee.user, clock.now()).length > 0) return addressee;
    if (!(await orUnavailable(accounts.known(addressee.user), log))) throw new SipRejection(404);
    return addressee;
  }

  async #take(message: StandaloneMessage): Promise<Answer> {
    const { clients, clock } = this.#parts;
    const now = clock.now();
    const decision = decideDelivery({ message, clients: clients.of(message.description.user, now), now });
    if (decision.kind === 'defer') return this.#defer(message);
    if (decision.kind === 'refuse') throw this.#refusal(decision.reason);
    return this.#deliver(message, decision);
  }

  async #deliver(message: StandaloneMessage, { waves, otherwise }: Delivering): Promise<Answer> {
    const { delivery, deliveries, settings, clock, log } = this.#parts;
    const { description, content, passing, hops } = message;
    const isPassing = passing !== undefined;
    if (
      !isPassing &&
      (await orUnavailable(deliveries.seen(description.user, description.identity), log)) !== undefined
    )
      return { status: 202 };
    // RFC 3261 section 16.3: from here on we forward.
    if (hops === 0) throw new SipRejection(483);
    const late = new AbortController();
    const kind = isPassing ? 'passing' : 'direct';
    const attempt = delivery.deliver(content, { kind, waves, hops: hops - 1, beginBefore: late.signal });
    const result = await within(attempt, settings.delivery.answerWithinMilliseconds, clock);
    if (result === 'late') late.abort();
    else if (result.kind === 'delivered') return this.#delivered(message, result.evidence);
    if (otherwise.kind === 'refuse') throw this.#refusal(otherwise.reason);
    const answer = await this.#defer(message);
    if (result === 'late' && answer.deferred !== undefined) this.#expectLateAnswer(answer.deferred, attempt);
    return answer;
  }

  /** On the record before the sender learns of it, so that a repetition is known also after a restart. */
  async #delivered({ description, passing }: StandaloneMessage, evidence: string): Promise<Answer> {
    const { deliveries, clock, random, log } = this.#parts;
    if (passing !== undefined) return { status: 200 };
    const at = clock.now();
    try {
      await deliveries.delivered({ ...description, id: newMessageId(at, random) }, at, evidence);
    } catch (error) {
      // The recipient has it: a failure would make the sender send it again.
      log.error({ error, user: description.user }, 'delivery not recorded');
    }
    return { status: 200 };
  }

  async #defer({ description, content }: StandaloneMessage): Promise<Extract<Answer, { status: 202 }>> {
    const { queue, settings, expiry, clock, random, log } = this.#parts;
    const id = newMessageId(clock.now(), random);
    const limits = { perUser: settings.limits.messagesPerUser };
    const result = await orUnavailable(queue.enqueue({ ...description, id, content }, limits), log);
    if (result.kind === 'queue-full')
      throw this.#refusal('Too many messages wait for this user', retryAfterSeconds);
    if (result.kind !== 'stored') return { status: 202 };
    log.debug({ id, user: description.user, expiresAt: description.expiresAt }, 'message deferred');
    expiry.expect(description.expiresAt);
    return { status: 202, deferred: id };
  }

  /** A client that took it after all ends the wait, unless a pull was faster: then it gets the same Message-ID twice. */
  #expectLateAnswer(id: MessageId, attempt: Promise<DeliveryAttempt>): void {
    const { deadlines, clock, log } = this.#parts;
    const settle = async (): Promise<void> => {
      const result = await attempt;
      if (result.kind !== 'delivered') return;
      await deadlines.settleUnclaimed(id, {
        outcome: 'delivered-late',
        at: clock.now(),
        evidence: result.evidence,
      });
    };
    settle().catch((error: unknown) => log.error({ error, id }, 'late delivery not recorded'));
  }

  #refusal(reason: string, retryAfter?: number): SipRejection {
    const headers: [string, string][] = [['Warning', warning(this.#parts.settings.publicHost, reason)]];
    if (retryAfter !== undefined) headers.push(['Retry-After', String(retryAfter)]);
    return new SipRejection(480, { headers });
  }
}

function keyOf({ user, identity }: Pick<MessageDescription, 'user' | 'identity'>): string {
  return `${user} ${identity}`;
}
