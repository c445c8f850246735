import { isSuitable, opaqueId } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import { retryAfter } from '@restante/sip';
import type { Clock, Instant, Random, SipLog, Timer } from '@restante/sip';
import type { DispositionNotification } from './deferred/deferred-message.ts';
import { untilWritten } from './deferred/until-written.ts';
import { dispositionRequest, reverseRoute } from './disposition-request.ts';
import { orAborted } from './or-aborted.ts';
import { pause } from './pause.ts';
import type { DispositionOutbox, OutboxRow } from './ports.ts';
import type { RegisteredClient, RegisteredClients, RequestSender } from './registered-client.ts';
import { readableUri, servedUser } from './served-user.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

export interface DispositionSenderParts {
  readonly outbox: DispositionOutbox;
  readonly clients: RegisteredClients;
  readonly sender: RequestSender;
  readonly settings: Pick<ParticipatingFunctionSettings, 'domain' | 'dispositions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** How one attempt ended. `absent`: the sender is one of ours and has no client now. */
type Attempt =
  | { readonly kind: 'sent'; readonly evidence: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'absent' };

const notificationsAtOnce = 256;
const storePauseMilliseconds = 5_000;
/** No timer runs longer: a wall clock that was set is noticed within this time. */
const longestPauseMilliseconds = 3_600_000;

/** Sends what is owed to senders until it is taken or too old (PF-21). The outbox is its only memory. */
export class DispositionSender {
  readonly #parts: DispositionSenderParts;
  readonly #underWay = new Map<number, Promise<void>>();
  /** Rows whose work ended while the store was asked: its answer may be older than that. */
  readonly #endedMeanwhile = new Set<number>();
  readonly #stopped = new AbortController();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #timer: Timer | undefined;

  constructor(parts: DispositionSenderParts) {
    this.#parts = parts;
  }

  /** Something may be due: after a start, and whenever something new is owed. */
  wake(): void {
    if (this.#stopped.signal.aborted) return;
    this.#timer?.cancel();
    if (this.#looking !== undefined) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.wake();
    });
  }

  /** A user has registered: what waited for that is sent now. */
  async hasten(user: CpmUser): Promise<void> {
    const { outbox, clock } = this.#parts;
    const at = clock.now();
    let due = 0;
    for (const address of addressesOf(user)) due += await outbox.hasten(address, at);
    if (due > 0) this.wake();
  }

  /** Ends without waiting for answers; what was under way is sent again after the next start. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#timer?.cancel();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #look(): Promise<void> {
    const { outbox, clock, log } = this.#parts;
    this.#endedMeanwhile.clear();
    try {
      // What is under way stays due until it is answered.
      const due = await outbox.due(clock.now(), notificationsAtOnce + this.#underWay.size);
      const next = due.length === 0 ? await outbox.nextDue() : undefined;
      if (this.#stopped.signal.aborted) return;
      for (const row of due) this.#start(row);
      if (next !== undefined) this.#lookAt(next);
    } catch (error) {
      log.error({ error }, 'owed disposition notifications cannot be read');
      this.#lookAt(clock.now() + storePauseMilliseconds);
    }
  }

  #start(row: OutboxRow): void {
    if (this.#underWay.has(row.id) || this.#endedMeanwhile.has(row.id)) return;
    if (this.#underWay.size >= notificationsAtOnce) return;
    const work = this.#process(row).finally(() => {
      this.#underWay.delete(row.id);
      if (this.#looking !== undefined) this.#endedMeanwhile.add(row.id);
      // Half of the places free is worth a look at the store.
      if (this.#underWay.size <= notificationsAtOnce / 2) this.wake();
    });
    this.#underWay.set(row.id, work);
  }

  #lookAt(instant: Instant): void {
    const { clock } = this.#parts;
    if (this.#stopped.signal.aborted) return;
    this.#timer?.cancel();
    const pause = Math.min(Math.max(0, instant - clock.now()), longestPauseMilliseconds);
    this.#timer = clock.after(pause, () => this.wake());
  }

  async #process(row: OutboxRow): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopped;
    try {
      const attempt = await this.#attempt(row);
      if (signal.aborted && attempt.kind !== 'sent') return;
      // What was sent is not sent again because the store fails: only its record is tried again.
      await untilWritten(() => this.#record(row, attempt), { clock, log, signal });
    } catch (error) {
      if (signal.aborted) return;
      log.error({ id: row.id, error }, 'disposition notification put off');
      await pause(clock, storePauseMilliseconds, signal);
    }
  }

  async #record(row: OutboxRow, attempt: Attempt): Promise<void> {
    const { outbox, clock, log, settings } = this.#parts;
    const now = clock.now();
    const { sender } = row.notification;
    if (attempt.kind === 'sent') return outbox.sent(row.id, now, attempt.evidence);
    const lastChance = row.owedSince + settings.dispositions.giveUpSeconds * 1000;
    const reason = attempt.kind === 'absent' ? 'the sender is not registered' : attempt.reason;
    if (now >= lastChance) {
      log.warn(
        { sender, about: row.notification.about.messageId, reason },
        'disposition notification given up',
      );
      return outbox.abandon(row.id, now, reason);
    }
    if (attempt.kind === 'failed')
      return outbox.postpone(row.id, now, Math.min(lastChance, now + this.#pause(row, attempt)), reason);
    await outbox.postpone(row.id, now, Math.min(lastChance, now + this.#absence(row, now)), reason);
    // A registration between the look and the commit found nothing to hasten.
    if (this.#clientsOf(sender)?.length !== 0) await outbox.hasten(sender, clock.now());
  }

  #pause({ attempts }: OutboxRow, { retryAfterSeconds }: { readonly retryAfterSeconds: number }): number {
    const { retrySeconds, maximumRetrySeconds } = this.#parts.settings.dispositions;
    const backoff = Math.min(retrySeconds * 2 ** Math.min(attempts, 30), maximumRetrySeconds);
    return Math.max(backoff, retryAfterSeconds) * 1000;
  }

  /** A registration wakes it. Should that be missed by a crash, it is looked for, ever more seldom. */
  #absence({ owedSince }: OutboxRow, now: Instant): number {
    return Math.max(now - owedSince, this.#parts.settings.dispositions.maximumRetrySeconds * 1000);
  }

  /** The clients of a sender that we serve; undefined where the sender is somebody else's user. */
  #clientsOf(sender: string): readonly RegisteredClient[] | undefined {
    const { settings, clients, clock } = this.#parts;
    const uri = readableUri(sender);
    const user = uri === undefined ? undefined : servedUser(uri, settings.domain);
    if (user === undefined) return undefined;
    const registered = clients.of(user, clock.now());
    // A telephone number may be anybody's: it is ours where somebody has registered with it.
    return uri?.kind === 'tel' && registered.length === 0 ? undefined : registered;
  }

  async #attempt({ notification, owedSince }: OutboxRow): Promise<Attempt> {
    const clients = this.#clientsOf(notification.sender);
    if (clients === undefined) {
      const { sender } = notification;
      const way = { target: sender, route: reverseRoute(notification) };
      return this.#send(notification, owedSince, sender, way);
    }
    const chosen = preferred(clients);
    if (chosen.length === 0) return { kind: 'absent' };
    const attempts = await Promise.all(
      chosen.map((client) => this.#send(notification, owedSince, client.address, client)),
    );
    return attempts.find(({ kind }) => kind === 'sent') ?? attempts[0] ?? { kind: 'absent' };
  }

  async #send(
    owed: DispositionNotification,
    date: Instant,
    requestUri: string,
    way: Parameters<RequestSender['send']>[1],
  ): Promise<Attempt> {
    const { sender, random } = this.#parts;
    const names = { callId: opaqueId(random.bytes(10)), fromTag: opaqueId(random.bytes(8)) };
    try {
      const request = dispositionRequest({ owed, requestUri, date, ...names });
      const { signal } = this.#stopped;
      const response = await orAborted(sender.send(request, way, { signal }), signal);
      const answer = `${response.status} ${response.reason}`;
      if (response.status >= 200 && response.status < 300) return { kind: 'sent', evidence: answer };
      return { kind: 'failed', reason: answer, retryAfterSeconds: retryAfter(response) ?? 0 };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', reason, retryAfterSeconds: 0 };
    }
  }
}

/** Those with the highest q among the clients for pager messages; of all, where none says that it is one. */
function preferred(clients: readonly RegisteredClient[]): readonly RegisteredClient[] {
  const suitable = clients.filter(({ features }) =>
    isSuitable(features, { mode: 'pager', acceptContacts: [] }),
  );
  const candidates = suitable.length > 0 ? suitable : clients;
  const highest = candidates.reduce((most, { q }) => Math.max(most, q), 0);
  return candidates.filter(({ q }) => q === highest);
}

/** The forms in which a message may have named this user as its sender. */
function addressesOf(user: CpmUser): readonly string[] {
  const number = /^sip:(\+\d+)@/.exec(user)?.[1];
  return number === undefined ? [user] : [user, `${user};user=phone`, `tel:${number}`];
}
