/**
 * As the work ends, or a rejection with the signal's reason once that is aborted: a request that waits for its turn in a
 * lane cannot be called back, but need not be waited for.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    work.finally(() => signal.removeEventListener('abort', end)).then(resolve, reject);
  });
}

/** The same for many pieces of work, one after another, with one listener: to add one takes the longer the more there are. */
export class AbortableWaits {
  readonly #signal: AbortSignal;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  wait<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) return reject(this.#signal.reason);
      if (this.#reject === undefined) this.#signal.addEventListener('abort', this.#abort);
      this.#reject = reject;
      work.then(resolve, reject);
    });
  }

  /** Nothing is waited for any more: the signal is let go. */
  end(): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#reject = undefined;
  }

  readonly #abort = (): void => this.#reject?.(this.#signal.reason);
}
