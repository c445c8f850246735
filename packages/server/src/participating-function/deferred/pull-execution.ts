import { opaqueId } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import type { Clock, Random, SipLog } from '@restante/sip';
import { AbortableWaits } from '../or-aborted.ts';
import type { DeferredQueue } from '../ports.ts';
import { BackgroundWork } from './background-work.ts';
import { contentsAhead } from './content-ahead.ts';
import type { DeferredDelivery, DeferredDeliveryResult, PulledClient } from './deferred-delivery.ts';
import type { Claim, MessageContent } from './deferred-message.ts';
import { settlementOf } from './settlement.ts';
import { untilWritten } from './until-written.ts';

export interface PullExecutionParts {
  readonly queue: Pick<DeferredQueue, 'contents' | 'settle' | 'release'>;
  readonly delivery: DeferredDelivery;
  readonly dispositions: { wake(): void };
  readonly expiry: { expect(expiresAt: number): void };
  readonly notifier: { released(user: CpmUser): void };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/**
 * Deliveries of one pull that the device has answered and whose commit is outstanding. More are not sent: so many a
 * crash can repeat, under their own imdn.Message-IDs.
 */
const commitsOutstanding = 64;

/** The claims of one pull, carried out to their end. Never rejects. */
export class PullExecution {
  readonly #parts: PullExecutionParts;
  readonly #claims: readonly Claim[];
  readonly #signal: AbortSignal;
  readonly #commits = new BackgroundWork(commitsOutstanding);
  readonly #answers: AbortableWaits;
  #isReleased = false;

  /** Once `signal` is aborted, what was not answered stays claimed. */
  constructor(parts: PullExecutionParts, claims: readonly Claim[], signal: AbortSignal) {
    this.#parts = parts;
    this.#claims = claims;
    this.#signal = signal;
    this.#answers = new AbortableWaits(signal);
  }

  /** The claims come in the order of the seed's steps 3 to 6; nobody is there to deliver to where `client` is undefined. */
  async carryOut(client: PulledClient | undefined): Promise<void> {
    if (this.#signal.aborted) return;
    const deletions = this.#claims.filter(({ action }) => action === 'delete');
    await Promise.all(deletions.map((claim) => this.#apart(this.#delete(claim))));
    const deliveries = this.#claims.filter(({ action }) => action === 'deliver');
    const others = this.#claims.filter(({ action }) => action !== 'delete' && action !== 'deliver');
    await Promise.all([
      this.#apart(this.#deliverAll(deliveries, client)),
      this.#giveBack(others, ({ action }) => `${action} is not available here`),
    ]);
    this.#tellReleased();
  }

  /** Nothing is carried out: what was claimed waits as before. */
  async giveBack(reason: string): Promise<void> {
    await this.#giveBack(this.#claims, () => reason);
    this.#tellReleased();
  }

  async #delete({ message, pull }: Claim): Promise<void> {
    const { queue, clock, random, dispositions } = this.#parts;
    const settlement = settlementOf(message, 'deleted', {
      at: clock.now(),
      evidence: `as the pull ${pull} asked`,
      imdnMessageId: opaqueId(random.bytes(10)),
    });
    await this.#persist(() => queue.settle(message.id, settlement));
    if (settlement.owed !== undefined) dispositions.wake();
  }

  async #deliverAll(claims: readonly Claim[], client: PulledClient | undefined): Promise<void> {
    if (client === undefined) return this.#giveBack(claims, () => 'the device is not registered any more');
    try {
      const { untried, reason } = await this.#deliverInOrder(claims, client);
      // What the device has is written down before anything of the rest can go to it again.
      await this.#commits.end();
      // Nobody was asked, so it is no failed attempt (D-9).
      await this.#giveBack(untried, () => reason);
    } finally {
      this.#answers.end();
      await this.#commits.end();
    }
  }

  /** Oldest first, one after another (D-11); a commit does not hold up the next message. What was not tried, and why. */
  async #deliverInOrder(
    claims: readonly Claim[],
    client: PulledClient,
  ): Promise<{ readonly untried: readonly Claim[]; readonly reason: string }> {
    const { queue } = this.#parts;
    const messages = claims.map(({ message }) => message);
    const contents = contentsAhead(messages, (ids) => this.#persist(() => queue.contents(ids)));
    const rest = claims.values();
    for await (const content of contents) {
      const { value: claim } = rest.next();
      if (claim === undefined || content === undefined) continue;
      await this.#commits.room();
      if (this.#signal.aborted) break;
      const result = await this.#deliver(claim, content, client);
      if (result.kind === 'failed' && this.#signal.aborted) break;
      this.#commits.add(this.#apart(this.#record(claim, result, client)));
      // Each further message would wait as long as this one for an answer that does not come.
      if (result.kind === 'failed' && result.gone)
        return {
          untried: [...rest],
          reason: `not tried, the device did not answer before it: ${result.reason}`,
        };
    }
    return { untried: [], reason: '' };
  }

  async #deliver(
    { message }: Claim,
    content: MessageContent,
    client: PulledClient,
  ): Promise<DeferredDeliveryResult> {
    try {
      const delivered = this.#parts.delivery.deliverDeferred(message, content, client, this.#signal);
      return await this.#answers.wait(delivered);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', reason, gone: false };
    }
  }

  async #record(claim: Claim, result: DeferredDeliveryResult, { target }: PulledClient): Promise<void> {
    if (result.kind === 'failed') return this.#release(claim, result.reason, true);
    const { queue, clock } = this.#parts;
    const evidence = `${result.evidence} from ${target}`;
    const at = clock.now();
    await this.#persist(() => queue.settle(claim.message.id, { outcome: 'delivered', at, evidence }));
  }

  async #giveBack(claims: readonly Claim[], reason: (claim: Claim) => string): Promise<void> {
    await Promise.all(claims.map((claim) => this.#apart(this.#release(claim, reason(claim), false))));
  }

  async #release({ message }: Claim, reason: string, failed: boolean): Promise<void> {
    const { queue, clock, expiry, log } = this.#parts;
    await this.#persist(() => queue.release(message.id, clock.now(), reason, failed));
    this.#isReleased = true;
    log.debug({ id: message.id, user: message.user, reason, failed }, 'message deferred again');
    expiry.expect(message.expiresAt);
  }

  /** At the end, when nothing of this pull is claimed any more: all that was given back makes one notification. */
  #tellReleased(): void {
    const [first] = this.#claims;
    if (this.#isReleased && first !== undefined) this.#parts.notifier.released(first.message.user);
  }

  /** One message's trouble is not that of the others. What failed stays claimed, and the next start carries it on. */
  #apart(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      if (!this.#signal.aborted) this.#parts.log.error({ error }, 'claim not carried out to its end');
    });
  }

  #persist<T>(write: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#parts;
    return untilWritten(write, { clock, log, signal: this.#signal });
  }
}
