/** As many as are refused in half a minute at some fifteen thousand a second; 20 MB. */
const mostRemembered = 500_000;

/**
 * Which requests were refused, for at least as long as they may be sent again: whoever was told that nothing was taken
 * over can count on it. Kept are numbers made from them, in two halves of which the older one is thrown away.
 */
export class RefusedRequests {
  readonly #milliseconds: number;
  #young = new Set<number>();
  #old = new Set<number>();
  #turnedAt = -Infinity;

  /** @param milliseconds for which a request may be sent again */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  add(request: number, now: number): void {
    this.#forget(now);
    this.#young.add(request);
  }

  has(request: number): boolean {
    return this.#young.has(request) || this.#old.has(request);
  }

  /** Is there any to be known again? */
  any(now: number): boolean {
    if (this.#young.size + this.#old.size === 0) return false;
    this.#forget(now);
    return this.#young.size + this.#old.size > 0;
  }

  #forget(now: number): void {
    const passed = now - this.#turnedAt;
    if (passed < this.#milliseconds && this.#young.size < mostRemembered) return;
    this.#old = passed < 2 * this.#milliseconds ? this.#young : new Set();
    this.#young = new Set();
    this.#turnedAt = now;
  }
}
