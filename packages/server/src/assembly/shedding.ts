/** How much is refused, and how that follows the time for which requests wait. */
export interface SheddingOptions {
  /** Requests may wait this long, in milliseconds. */
  readonly target: number;
  /** The largest share of the server's time that refusing may take: what is beyond that is not answered at all. */
  readonly refusingTime: number;
}

/** One look at the server. */
export interface LoadSample {
  /** How long requests wait now, in milliseconds. */
  readonly delay: number;
  /** How long refusing took since the last look, as a share of the time that has passed. */
  readonly refusingTime: number;
  /** How much of that time the server had something to do. */
  readonly busy: number;
}

/** A burst, or a pause of the process, is over before so many looks; refusing begins after them. */
const patience = 6;
/** The steps of one look, for a delay that is one target too long, and for one that has grown by a target. */
const proportional = 0.05;
const derivative = 0.25;
const largestStep = 0.1;
/** A server that has had this much rest has no queue. */
const rested = 0.5;
const smallestShare = 0.01;

/**
 * The share of new requests that is refused: a proportional controller over the waiting time, in the manner of RFC 8033.
 * Waiting is held at the target, so that the server never idles while it refuses, and no answer comes so late that the
 * request was sent again meanwhile.
 */
export class Shedding {
  readonly #options: SheddingOptions;
  #share = 0;
  #most = 1;
  #lastDelay = 0;
  #over = 0;

  constructor(options: SheddingOptions) {
    this.#options = options;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.#share;
  }

  look({ delay, refusingTime, busy }: LoadSample): void {
    const { target } = this.#options;
    const growth = delay - this.#lastDelay;
    this.#lastDelay = delay;
    this.#over = delay > target ? this.#over + 1 : 0;
    if (this.#share === 0 && this.#over < patience) return;
    const step = (proportional * (delay - target) + derivative * growth) / target;
    const next = this.#share + Math.max(-largestStep, Math.min(largestStep, step));
    this.#limit(refusingTime);
    const isOver = delay <= target && (busy < rested || next < smallestShare);
    this.#share = isOver ? 0 : Math.max(0, Math.min(this.#most, next));
  }

  /** A server that only refuses serves nobody: the share stays where refusing does not take more time than it may. */
  #limit(refusingTime: number): void {
    const { refusingTime: allowed } = this.#options;
    const wanted = refusingTime > 0 ? (this.#share * allowed) / refusingTime : 1;
    this.#most += Math.max(-largestStep, Math.min(largestStep, Math.min(wanted, 1) - this.#most));
    this.#most = Math.max(largestStep, this.#most);
  }
}
