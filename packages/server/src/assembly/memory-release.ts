/** Longer than a request can still be repeated (timer J, RFC 3261 section 17.2.2): by then its memory is free. */
const quietMilliseconds = 45_000;
/** How often it is looked whether it is quiet. */
const lookMilliseconds = 15_000;
/** Fewer requests than these leave nothing that is worth a collection. */
const worthRequests = 5000;

export interface MemoryReleaseParts {
  /** Requests received since the start. */
  readonly received: () => number;
  readonly now: () => number;
  readonly release: () => void;
}

/**
 * Gives memory back after a load has ended. Node collects nothing while nothing is allocated, and keeps what it has
 * once taken from the system: a server that took a thousand messages a second would keep hundreds of megabytes overnight.
 */
export class MemoryRelease {
  readonly #parts: MemoryReleaseParts;
  #seen = 0;
  #seenAt: number;
  #released = 0;

  constructor(parts: MemoryReleaseParts) {
    this.#parts = parts;
    this.#seenAt = parts.now();
  }

  /** Looks every quarter of a minute; the process does not stay for it. */
  watch(): { stop(): void } {
    const timer = setInterval(() => this.look(), lookMilliseconds).unref();
    return { stop: () => clearInterval(timer) };
  }

  look(): void {
    const { received, now, release } = this.#parts;
    const count = received();
    if (count !== this.#seen) {
      this.#seen = count;
      this.#seenAt = now();
      return;
    }
    if (now() - this.#seenAt < quietMilliseconds || count - this.#released < worthRequests) return;
    this.#released = count;
    release();
  }
}

/** A full collection that gives all free pages back to the system. With little in use it takes some milliseconds. */
export function releaseMemory(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
