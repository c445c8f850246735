import { opaqueId } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import type { Clock, Random, SipLog } from '@restante/sip';
import { orAborted } from '../or-aborted.ts';
import type { DeferredQueue } from '../ports.ts';
import type { RegisteredClient } from '../registered-client.ts';
import type { Claim, DeferredMessage, MessageContent } from './deferred-message.ts';
import { settlementOf } from './settlement.ts';
import { untilWritten } from './until-written.ts';
import { WorkLimit } from './work-limit.ts';

/** What is needed of a client to send it a message: one that is registered, or the device that sent an INVITE. */
export type PulledClient = Pick<RegisteredClient, 'target' | 'address' | 'route' | 'destination' | 'user'>;

export type DeferredDeliveryResult =
  | { readonly kind: 'delivered'; readonly evidence: string }
  /** `gone`: the device was not reached at all, so that the next attempt would end in the same way. */
  | { readonly kind: 'failed'; readonly reason: string; readonly gone: boolean };

/** One deferred message to one device (D-8, D-10). Never rejects but for an abort. */
export interface DeferredDelivery {
  deliverDeferred(
    message: DeferredMessage,
    content: MessageContent,
    client: PulledClient,
    signal: AbortSignal,
  ): Promise<DeferredDeliveryResult>;
}

export interface PullExecutionParts {
  readonly queue: Pick<DeferredQueue, 'content' | 'settle' | 'release'>;
  readonly delivery: DeferredDelivery;
  readonly dispositions: { wake(): void };
  readonly expiry: { expect(expiresAt: number): void };
  readonly notifier: { released(user: CpmUser): void };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

const pullsAtOnce = 1024;

/** Carries out what pulls have claimed. No lock is held meanwhile: a claim is durable, and nobody else acts on it. */
export class PullExecution {
  readonly #parts: PullExecutionParts;
  readonly #limit = new WorkLimit(pullsAtOnce);
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(parts: PullExecutionParts) {
    this.#parts = parts;
  }

  /** Starts the claims of one pull, which come in the order of the seed's steps 3 to 6. */
  start(claims: readonly Claim[], client: PulledClient | undefined): void {
    this.#run(this.#limit.run(() => this.#carryOut(claims, client)));
  }

  /** Nothing is carried out: what was claimed waits as before. */
  giveBack(claims: readonly Claim[], reason: string): void {
    for (const claim of claims) this.#run(this.#release(claim, reason, false));
  }

  /** Ends at once: what was not answered stays claimed and is carried on after the next start. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    const settled = this.#apart(work);
    this.#running.add(settled);
    void settled.finally(() => this.#running.delete(settled));
  }

  async #carryOut(claims: readonly Claim[], client: PulledClient | undefined): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const deletions = claims.filter(({ action }) => action === 'delete');
    await Promise.all(deletions.map((claim) => this.#apart(this.#delete(claim))));
    const deliveries = claims.filter(({ action }) => action === 'deliver');
    const others = claims.filter(({ action }) => action !== 'delete' && action !== 'deliver');
    await Promise.all([
      this.#deliverAll(deliveries, client),
      ...others.map((claim) =>
        this.#apart(this.#release(claim, `${claim.action} is not available here`, false)),
      ),
    ]);
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

  /** Oldest first, one after another (D-11); a commit does not hold up the next message. */
  async #deliverAll(claims: readonly Claim[], client: PulledClient | undefined): Promise<void> {
    const commits: Promise<void>[] = [];
    let gone = client === undefined ? 'the device is not registered any more' : undefined;
    for (const claim of claims) {
      if (this.#stopped.signal.aborted) break;
      if (client === undefined || gone !== undefined) {
        // Nobody was asked, so it is no failed attempt (D-9).
        commits.push(this.#apart(this.#release(claim, gone ?? '', false)));
        continue;
      }
      const result = await this.#deliver(claim, client);
      if (result === undefined) continue;
      if (result.kind === 'failed' && this.#stopped.signal.aborted) break;
      commits.push(this.#apart(this.#record(claim, result, client)));
      // Each further message would wait as long as this one for an answer that does not come.
      if (result.kind === 'failed' && result.gone)
        gone = `not tried, the device did not answer before it: ${result.reason}`;
    }
    await Promise.all(commits);
  }

  /** Undefined where the message is not there any more. */
  async #deliver({ message }: Claim, client: PulledClient): Promise<DeferredDeliveryResult | undefined> {
    const { queue, delivery } = this.#parts;
    const content = await this.#persist(() => queue.content(message.id));
    if (content === undefined) return undefined;
    try {
      const { signal } = this.#stopped;
      return await orAborted(delivery.deliverDeferred(message, content, client, signal), signal);
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

  async #release({ message }: Claim, reason: string, failed: boolean): Promise<void> {
    const { queue, clock, expiry, notifier, log } = this.#parts;
    await this.#persist(() => queue.release(message.id, clock.now(), reason, failed));
    log.debug({ id: message.id, user: message.user, reason, failed }, 'message deferred again');
    expiry.expect(message.expiresAt);
    notifier.released(message.user);
  }

  /** One message's trouble is not that of the others. What failed stays claimed, and the next start carries it on. */
  #apart(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#parts.log.error({ error }, 'claim not carried out to its end');
    });
  }

  #persist<T>(write: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#parts;
    return untilWritten(write, { clock, log, signal: this.#stopped.signal });
  }
}
