import { opaqueId } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import type { Clock, Random, SipLog, Timer } from '@restante/sip';
import { orAborted } from '../or-aborted.ts';
import type { DeferredQueue, NotificationRecord } from '../ports.ts';
import type { RegisteredClient, RegisteredClients, RequestSender } from '../registered-client.ts';
import type { DeferredMessage } from './deferred-message.ts';
import { planNotifications } from './notification-plan.ts';
import type { NotificationReason, PlannedNotification } from './notification-plan.ts';
import { notificationRequest } from './notification-request.ts';
import type { NotificationSettings } from './notification-request.ts';
import { WorkLimit } from './work-limit.ts';

export interface NotifierParts {
  readonly queue: Pick<DeferredQueue, 'waiting'>;
  readonly record: NotificationRecord;
  readonly clients: RegisteredClients;
  readonly sender: RequestSender;
  readonly settings: NotificationSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
  /** URIs of the route that the server puts before every request; they count towards its size. */
  readonly outboundRoute?: readonly string[];
}

interface Pending {
  readonly reasons: NotificationReason[];
  readonly timer: Timer;
}

/** A notification that is being sent. */
interface Telling {
  readonly address: string;
  /** What came up meanwhile. */
  readonly later: NotificationReason[];
  /** Ends it at the close, and when the device has registered from elsewhere: nobody answers at its old address. */
  readonly end: AbortController;
}

type Notify = Extract<PlannedNotification, { kind: 'notify' }>;

const plansAtOnce = 32;
const clientsAtOnce = 1024;
const usersInOneQuestion = 500;
/** When the store has failed, it is asked again after this time. */
const storePauseMilliseconds = 5_000;

/** Tells clients in-band what waits (PF-3 to PF-8). It is only woken, and reads what waits from the queue. */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #pending = new Map<CpmUser, Pending>();
  /** Clients that are being told now. */
  readonly #telling = new Map<string, Telling>();
  /** Clients that registered while a pull held messages, by user. */
  readonly #notToldOfHeld = new Map<CpmUser, Set<string>>();
  readonly #planning = new WorkLimit(plansAtOnce);
  readonly #sending = new WorkLimit(clientsAtOnce);
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** There is a reason to look at this user's clients. Reasons within the window make one notification (D-14). */
  wake(user: CpmUser, reason: NotificationReason): void {
    const { clients, clock, settings } = this.#parts;
    // Nobody there: the registration that comes is a reason of its own.
    if (this.#stopped || clients.of(user, clock.now()).length === 0) return;
    this.#wakeAfter(settings.notification.windowMilliseconds, user, [reason]);
  }

  /** A pull has given messages back: who registered meanwhile, perhaps from elsewhere, has not heard of them (D-14). */
  released(user: CpmUser): void {
    for (const target of this.#notToldOfHeld.get(user) ?? []) this.wake(user, { kind: 'registered', target });
    this.#notToldOfHeld.delete(user);
  }

  /** Looks at every registered user: after a start, and when another process has written to the store. */
  async resume(): Promise<void> {
    const { clients, record, clock } = this.#parts;
    const users = [...clients.users(clock.now())];
    for (let at = 0; at < users.length; at += usersInOneQuestion) {
      const waiting = await record.withWaiting(users.slice(at, at + usersInOneQuestion));
      for (const user of waiting) this.wake(user, { kind: 'restarted' });
    }
  }

  /** Sends nothing more. What was not told to its end counts as untold. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
    for (const { end } of this.#telling.values()) end.abort();
    await Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #wakeAfter(milliseconds: number, user: CpmUser, reasons: readonly NotificationReason[]): void {
    const pending = this.#pending.get(user);
    if (pending !== undefined) {
      pending.reasons.push(...reasons);
      return;
    }
    const timer = this.#parts.clock.after(milliseconds, () => {
      const due = this.#pending.get(user)?.reasons ?? [];
      this.#pending.delete(user);
      this.#start(this.#notify(user, due, undefined));
    });
    this.#pending.set(user, { reasons: [...reasons], timer });
  }

  #start(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  /** Plans and starts the notifications of one user; `only` narrows it to one client. Never rejects. */
  async #notify(
    user: CpmUser,
    reasons: readonly NotificationReason[],
    only: string | undefined,
  ): Promise<void> {
    try {
      const plans = await this.#planning.run(() => this.#plan(user, reasons, only));
      if (this.#stopped) return;
      for (const plan of plans) if (plan.kind === 'notify') this.#start(this.#tell(plan, reasons));
    } catch (error) {
      if (this.#stopped) return;
      this.#parts.log.warn({ user, error }, 'notification put off');
      this.#wakeAfter(storePauseMilliseconds, user, reasons);
    }
  }

  async #plan(
    user: CpmUser,
    reasons: readonly NotificationReason[],
    only: string | undefined,
  ): Promise<readonly PlannedNotification[]> {
    const { queue, record, clients, clock, random, settings, outboundRoute = [] } = this.#parts;
    const free = clients
      .of(user, clock.now())
      .filter((client) => (only === undefined || only === client.target) && !this.#putOff(client, reasons));
    if (free.length === 0) return [];
    const [waiting, facts] = await Promise.all([
      // Noted at once: the release that is to be noticed may be the store's very next answer.
      queue.waiting(user).then((waiting) => this.#noteHeld(user, waiting, reasons)),
      Promise.all(free.map(async (client) => ({ client, toldUpTo: await record.told(user, client.target) }))),
    ]);
    const id = opaqueId(random.bytes(8));
    return planNotifications({ waiting, clients: facts, reasons, id, settings, outboundRoute });
  }

  #noteHeld(
    user: CpmUser,
    waiting: readonly DeferredMessage[],
    reasons: readonly NotificationReason[],
  ): readonly DeferredMessage[] {
    const newcomers = reasons.flatMap((reason) => (reason.kind === 'registered' ? [reason.target] : []));
    if (!waiting.some(({ claimed }) => claimed)) this.#notToldOfHeld.delete(user);
    else if (newcomers.length > 0)
      this.#notToldOfHeld.set(user, new Set([...(this.#notToldOfHeld.get(user) ?? []), ...newcomers]));
    return waiting;
  }

  /** One run at a time for a client, and one more afterwards where something came up. */
  #putOff({ user, target, address }: RegisteredClient, reasons: readonly NotificationReason[]): boolean {
    const telling = this.#telling.get(clientKey(user, target));
    if (telling === undefined) return false;
    telling.later.push(...reasons);
    if (telling.address !== address) telling.end.abort();
    return true;
  }

  /** All parts to one client, one after another (RFC 3428 section 8). Never rejects. */
  async #tell(plan: Notify, reasons: readonly NotificationReason[]): Promise<void> {
    if (this.#putOff(plan.client, reasons)) return;
    const { user, target, address } = plan.client;
    const key = clientKey(user, target);
    const telling: Telling = { address, later: [], end: new AbortController() };
    this.#telling.set(key, telling);
    try {
      await this.#sending.run(() => this.#sendParts(plan, telling.end.signal));
    } catch (error) {
      this.#parts.log.warn({ user, target, error }, 'notification not recorded');
    } finally {
      this.#telling.delete(key);
      if (telling.later.length > 0 && !this.#stopped) this.#start(this.#notify(user, telling.later, target));
    }
  }

  async #sendParts({ client, parts, upTo }: Notify, signal: AbortSignal): Promise<void> {
    const { record, clock, log } = this.#parts;
    const { user, target } = client;
    let last = '';
    for (const [index, body] of parts.entries()) {
      const { taken, answer } = await this.#send(client, body, signal);
      if (signal.aborted) return;
      if (!taken) {
        const evidence = parts.length === 1 ? answer : `part ${index + 1} of ${parts.length}: ${answer}`;
        log.info({ user, target, evidence }, 'notification failed');
        return record.record({ user, target, upTo: undefined, at: clock.now(), evidence });
      }
      last = answer;
    }
    const evidence = parts.length === 1 ? last : `${last}, all ${parts.length} parts`;
    log.debug({ user, target, parts: parts.length }, 'client notified');
    await record.record({ user, target, upTo, at: clock.now(), evidence });
  }

  async #send(
    client: RegisteredClient,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ taken: boolean; answer: string }> {
    const { sender, settings, random } = this.#parts;
    const names = { callId: opaqueId(random.bytes(10)), fromTag: opaqueId(random.bytes(8)) };
    const request = notificationRequest(client, body, settings, names);
    try {
      const { status, reason } = await orAborted(sender.send(request, client, { signal }), signal);
      return { taken: status >= 200 && status < 300, answer: `${status} ${reason}` };
    } catch (error) {
      return { taken: false, answer: error instanceof Error ? error.message : String(error) };
    }
  }
}

function clientKey(user: CpmUser, target: string): string {
  return `${user} ${target}`;
}
