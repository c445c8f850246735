import type { Instant } from './ports.ts';

interface Use {
  readonly issued: Instant;
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  seen: number;
}

/** Requests overtake each other on UDP: a count so far below the highest is still taken, once. */
const windowSize = 32;
const maxNonces = 100_000;

/** RFC 7616 section 3.4: a nonce count serves once. Nonces are forgotten when they are too old to be taken anyhow. */
export class NonceCounts {
  readonly #lifetimeMs: number;
  readonly #limit: number;
  readonly #uses = new Map<string, Use>();
  /** What was issued up to here and is not known was forgotten for lack of room, and does not count as unused. */
  #forgotten: Instant = -Infinity;

  constructor(lifetimeMs: number, limit = maxNonces) {
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
  }

  /** True where this count was not used before. */
  use(nonce: string, issued: Instant, count: number, now: Instant): boolean {
    const use = this.#uses.get(nonce);
    if (use !== undefined) return mark(use, count);
    if (issued <= this.#forgotten) return false;
    this.#uses.set(nonce, { issued, highest: count, seen: 1 });
    this.#forget(now);
    return true;
  }

  #forget(now: Instant): void {
    for (const [nonce, { issued }] of this.#uses) {
      const expired = now - issued > this.#lifetimeMs;
      if (!expired && this.#uses.size <= this.#limit) return;
      if (!expired) this.#forgotten = Math.max(this.#forgotten, issued);
      this.#uses.delete(nonce);
    }
  }
}

function mark(use: Use, count: number): boolean {
  const ahead = count - use.highest;
  if (ahead > 0) {
    use.seen = (ahead >= windowSize ? 0 : use.seen << ahead) | 1;
    use.highest = count;
    return true;
  }
  if (-ahead >= windowSize) return false;
  const bit = 1 << -ahead;
  if ((use.seen & bit) !== 0) return false;
  use.seen |= bit;
  return true;
}
