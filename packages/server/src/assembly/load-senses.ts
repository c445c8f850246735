import { performance } from 'node:perf_hooks';
import type { QueueProbe, Transport } from '@restante/sip';
import type { Store } from '../participating-function/ports.ts';
import type { LoadSenses } from './admission-control.ts';

/** Fewer writes than these are no queue, however long a disk takes for them. */
const fewestWaiting = 64;
/** An event loop with more rest than this has read what there was to read. */
const saturated = 0.9;

/** How long the oldest write has been waiting for its commit. */
export class CommitWait {
  readonly #begun = new Set<{ readonly since: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The same store; the writes that requests wait for are timed. */
  timing(store: Store): Store {
    const { queue, registrations } = store;
    return {
      ...store,
      queue: {
        ...queue,
        enqueue: (...parameters) => this.#timed(queue.enqueue(...parameters)),
        claim: (...parameters) => this.#timed(queue.claim(...parameters)),
      },
      registrations: {
        ...registrations,
        save: (...parameters) => this.#timed(registrations.save(...parameters)),
      },
    };
  }

  /** In milliseconds; 0 where only a few wait. */
  longest(now: number): number {
    if (this.#begun.size < fewestWaiting) return 0;
    const [oldest] = this.#begun;
    return oldest === undefined ? 0 : now - oldest.since;
  }

  async #timed<T>(write: Promise<T>): Promise<T> {
    const begun = { since: this.#now() };
    this.#begun.add(begun);
    try {
      return await write;
    } finally {
      this.#begun.delete(begun);
    }
  }
}

/** How long what comes in waits in the system until the event loop reads it: found out by standing in the queue. */
export class QueueWait {
  readonly #probe: QueueProbe;
  readonly #now: () => number;
  /** After this time a probe was lost, because the queue was full. */
  readonly #lostAfter: number;
  #sentAt: number | undefined;
  #last = 0;

  constructor(probe: QueueProbe, now: () => number, lostAfter: number) {
    this.#probe = probe;
    this.#now = now;
    this.#lostAfter = lostAfter;
  }

  /** In milliseconds, as far as is known; asking sends the next probe. */
  longest(now: number): number {
    const waiting = this.#sentAt === undefined ? 0 : now - this.#sentAt;
    const isLost = waiting >= this.#lostAfter;
    if (isLost) this.#last = waiting;
    if (isLost || this.#sentAt === undefined) this.#send(now);
    return Math.max(waiting, this.#last);
  }

  rest(): void {
    this.#sentAt = undefined;
    this.#last = 0;
  }

  #send(now: number): void {
    this.#sentAt = now;
    this.#probe.probe(() => {
      if (this.#sentAt !== now) return;
      this.#last = this.#now() - now;
      this.#sentAt = undefined;
    });
  }
}

export interface SensesParts {
  readonly commits: CommitWait;
  readonly transports: readonly Transport[];
  /** How long requests may wait, in milliseconds. */
  readonly target: number;
}

/** Milliseconds of a clock that nobody sets. */
export const monotonic = (): number => performance.now();

/** The senses of this process. */
export function loadSenses({ commits, transports, target }: SensesParts): LoadSenses {
  const queues = transports.filter(canProbe).map((probe) => new QueueWait(probe, monotonic, 2 * target));
  let last = performance.eventLoopUtilization();
  return {
    now: monotonic,
    busy: () => {
      const current = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(current, last);
      last = current;
      return utilization;
    },
    delay: (at, busy) => {
      const waits = queues.map((queue) => (busy < saturated ? queue.rest() : queue.longest(at)) ?? 0);
      return Math.max(commits.longest(at), ...waits);
    },
  };
}

function canProbe(transport: Transport): transport is Transport & QueueProbe {
  return 'probe' in transport && typeof transport.probe === 'function';
}
