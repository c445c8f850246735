import type { Clock, Instant } from '../ports.ts';

/** The clock's time, but never running back: a machine whose clock is set back must not wait hours for a retransmission. */
export class SteadyTime {
  readonly #clock: Clock;
  #last: Instant = -Infinity;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Instant {
    const now = this.#clock.now() + this.#ahead;
    if (now < this.#last) this.#ahead += this.#last - now;
    else this.#last = now;
    return this.#last;
  }
}
