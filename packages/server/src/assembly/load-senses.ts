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

/** The queue is not made smaller than this share of its room: a hundred requests. */
const leastRoom = 1 / 32;
/** After this time a probe was lost, because the queue was full, in milliseconds. */
const lostAfter = 1000;

/**
 * How long what comes in waits in the system until the event loop reads it: found out by standing in the queue. A queue
 * in which one waits longer than `most` is cut: it would hold requests whose senders have sent them again meanwhile.
 */
export class QueueWait {
  readonly #probe: QueueProbe;
  readonly #now: () => number;
  readonly #most: number;
  #sentAt: number | undefined;
  #last = 0;
  #room = 1;

  constructor(probe: QueueProbe, now: () => number, most: number) {
    this.#probe = probe;
    this.#now = now;
    this.#most = most;
  }

  /** In milliseconds, as far as is known; asking sends the next probe. */
  longest(now: number): number {
    const waiting = this.#sentAt === undefined ? 0 : now - this.#sentAt;
    const isLost = waiting >= lostAfter;
    if (isLost) this.#last = waiting;
    if (isLost || this.#sentAt === undefined) this.#send(now);
    return Math.max(waiting, this.#last);
  }

  /** There is no queue. */
  rest(): void {
    this.#sentAt = undefined;
    this.#last = 0;
    this.#leave(1);
  }

  #send(now: number): void {
    this.#sentAt = now;
    this.#probe.probe(() => {
      if (this.#sentAt !== now) return;
      this.#last = this.#now() - now;
      this.#sentAt = undefined;
      if (this.#last > this.#most) this.#leave(Math.max(leastRoom, this.#room / 2));
    });
  }

  #leave(room: number): void {
    if (room === this.#room) return;
    this.#room = room;
    this.#probe.narrow(room);
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
