import { opaqueId } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import type { Clock, Instant, Random, SipLog, Timer } from '@restante/sip';
import type { Deadlines, DeliveryRecord } from '../ports.ts';
import type { ParticipatingFunctionSettings } from '../settings.ts';
import type { DeferredMessage } from './deferred-message.ts';
import type { NotificationReason } from './notification-plan.ts';
import { settlementOf } from './settlement.ts';

export interface ExpiryParts {
  readonly deadlines: Deadlines;
  readonly deliveries: Pick<DeliveryRecord, 'forget'>;
  readonly notifier: { wake(user: CpmUser, reason: NotificationReason): void };
  readonly dispositions: { wake(): void };
  readonly settings: Pick<ParticipatingFunctionSettings, 'deferral' | 'retentionSeconds'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** Messages in one bite: the store is free for others in between. */
const bite = 200;
const purgeEveryMilliseconds = 3_600_000;
const storePauseMilliseconds = 5_000;
const breathMilliseconds = 1_000;
/** No timer runs longer: a wall clock that was set is noticed within this time. */
const longestPauseMilliseconds = 3_600_000;

/** Ends what nobody pulled in time (PF-19), warns before (D-16), forgets what ended long ago. One timer drives it. */
export class ExpirySweep {
  readonly #parts: ExpiryParts;
  #timer: Timer | undefined;
  #dueAt: Instant = Number.POSITIVE_INFINITY;
  #purgeAt: Instant = 0;
  #sweeping: Promise<void> | undefined;
  #sweepAgain = false;
  #stopped = false;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** Looks at once: deadlines may have passed while the server was down, or another process has written. */
  wake(): void {
    this.#lookAt(this.#parts.clock.now());
  }

  /** A message waits until then: it was deferred, or a pull gave it back. */
  expect(expiresAt: Instant): void {
    const now = this.#parts.clock.now();
    const warnAt = expiresAt - this.#warningMilliseconds;
    this.#lookAt(warnAt > now ? warnAt : expiresAt);
  }

  /** Ends after the bite that is under way. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #warningMilliseconds(): number {
    return this.#parts.settings.deferral.warningSeconds * 1000;
  }

  #lookAt(at: Instant): void {
    const { clock } = this.#parts;
    const now = clock.now();
    // What is due has passed and its timer still runs: the clock was set forward.
    const isLate = this.#dueAt < now;
    if (this.#stopped || (at >= this.#dueAt && !isLate)) return;
    this.#dueAt = Math.min(at, this.#dueAt);
    this.#timer?.cancel();
    const pause = Math.min(Math.max(0, this.#dueAt - now), longestPauseMilliseconds);
    this.#timer = clock.after(pause, () => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#sweep();
    });
  }

  /** What a sweep has just looked at and left is not looked at again without a breath. */
  #lookAfter(at: Instant): void {
    const now = this.#parts.clock.now();
    this.#lookAt(at > now ? at : now + breathMilliseconds);
  }

  #sweep(): void {
    if (this.#sweeping !== undefined) {
      this.#sweepAgain = true;
      return;
    }
    this.#sweeping = this.#sweepOnce().finally(() => {
      this.#sweeping = undefined;
      if (this.#sweepAgain && !this.#stopped) this.#sweep();
    });
  }

  async #sweepOnce(): Promise<void> {
    const { deadlines, clock, log } = this.#parts;
    this.#sweepAgain = false;
    try {
      await this.#expire();
      await this.#warn();
      await this.#forget();
      const { expiry, unwarnedExpiry } = await deadlines.next();
      const warnAt = (unwarnedExpiry ?? Number.POSITIVE_INFINITY) - this.#warningMilliseconds;
      this.#lookAfter(expiry ?? Number.POSITIVE_INFINITY);
      if (this.#warningMilliseconds > 0) this.#lookAfter(warnAt);
      this.#lookAfter(this.#purgeAt);
    } catch (error) {
      log.error({ error }, 'deadlines cannot be kept, trying again');
      this.#lookAt(clock.now() + storePauseMilliseconds);
    }
  }

  async #expire(): Promise<void> {
    const { deadlines, clock, dispositions, log } = this.#parts;
    let full = true;
    while (full && !this.#stopped) {
      const over = await deadlines.expired(clock.now(), bite);
      const settled = await Promise.all(over.map((message) => this.#settle(message)));
      const expired = settled.filter(Boolean).length;
      if (expired > 0) {
        log.info({ expired }, 'messages expired');
        dispositions.wake();
      }
      // Where nothing was settled, pulls were faster; what they give back is expected anew.
      full = over.length === bite && expired > 0;
    }
  }

  #settle(message: DeferredMessage): Promise<boolean> {
    const { deadlines, clock, random } = this.#parts;
    const settlement = settlementOf(message, 'expired', {
      at: clock.now(),
      evidence: `nobody pulled it before ${new Date(message.expiresAt).toISOString()}`,
      imdnMessageId: opaqueId(random.bytes(10)),
    });
    return deadlines.settleUnclaimed(message.id, settlement);
  }

  async #warn(): Promise<void> {
    const { deadlines, clock, notifier } = this.#parts;
    const warning = this.#warningMilliseconds;
    let full = warning > 0;
    while (full && !this.#stopped) {
      const now = clock.now();
      const near = await deadlines.expiring(now, now + warning, bite);
      const ids = near.map(({ id }) => id);
      if (ids.length > 0) await deadlines.markWarned(ids, now);
      // Where a whole life is shorter than the warning time, the first notification was the warning.
      const warned = near.filter(({ acceptedAt, expiresAt }) => expiresAt - acceptedAt > warning);
      for (const user of new Set(warned.map(({ user }) => user))) notifier.wake(user, { kind: 'expiring' });
      full = near.length === bite;
    }
  }

  async #forget(): Promise<void> {
    const { deliveries, settings, clock } = this.#parts;
    if (clock.now() < this.#purgeAt) return;
    const horizon = clock.now() - settings.retentionSeconds * 1000;
    let forgotten = bite;
    while (forgotten === bite && !this.#stopped) forgotten = await deliveries.forget(horizon, bite);
    this.#purgeAt = clock.now() + purgeEveryMilliseconds;
  }
}
