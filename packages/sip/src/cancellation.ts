import type { QueuedTimer, TimerQueues, TimerTarget } from './transaction/timer-queues.ts';

/** The two ways in which a caller stops waiting, a signal and a time limit, made one. */
export class Cancellation implements TimerTarget {
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: () => Error;
  readonly #timer: QueuedTimer | undefined;
  #reason: unknown;
  #aborted = false;
  #act: (() => void) | undefined;

  /** `timeout` makes the error of a limit that is over. */
  constructor(
    timers: TimerQueues,
    { signal, timeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
    timeout: () => Error,
  ) {
    this.#signal = signal;
    this.#timeout = timeout;
    if (timeoutMs !== undefined && timeoutMs !== Infinity)
      this.#timer = timers.start(timeoutMs, this, 'limit');
    signal?.addEventListener('abort', this.#aborting);
    if (signal?.aborted) this.#aborting();
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** What to do when it happens; replaces what was to be done before. */
  set act(act: () => void) {
    this.#act = act;
    if (this.#aborted) act();
  }

  timerFired(): void {
    this.#abort(this.#timeout());
  }

  /** The answer is there: no timer and no listener stay. */
  dispose(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#aborting);
    this.#act = undefined;
  }

  readonly #aborting = (): void => this.#abort(this.#signal?.reason);

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#timer?.cancel();
    this.#act?.();
  }
}
