import { PullExecution } from './pull-execution.ts';
import type { PullExecutionParts } from './pull-execution.ts';
import type { PulledClient } from './deferred-delivery.ts';
import type { Claim } from './deferred-message.ts';
import { WorkLimit } from './work-limit.ts';

const pullsAtOnce = 1024;

/** Carries out what pulls have claimed. No lock is held meanwhile: a claim is durable, and nobody else acts on it. */
export class PullExecutions {
  readonly #parts: PullExecutionParts;
  readonly #limit = new WorkLimit(pullsAtOnce);
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(parts: PullExecutionParts) {
    this.#parts = parts;
  }

  /** Starts the claims of one pull, which come in the order of the seed's steps 3 to 6. */
  start(claims: readonly Claim[], client: PulledClient | undefined): void {
    const work = new PullExecution(this.#parts, claims, this.#stopped.signal);
    this.#run(this.#limit.run(() => work.carryOut(client)));
  }

  /** Nothing is carried out: what was claimed waits as before. */
  giveBack(claims: readonly Claim[], reason: string): void {
    this.#run(new PullExecution(this.#parts, claims, this.#stopped.signal).giveBack(reason));
  }

  /** Ends at once: what was not answered stays claimed and is carried on after the next start. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}
