import type { Clock, Instant } from '../ports.ts';

/**
 * Time that never runs back, and that nobody sets where the clock can tell such a time: a machine whose clock is set back
 * must not wait hours for a retransmission, and one whose clock is set forward must not give everybody up.
 */
export class SteadyTime {
  readonly #read: () => Instant;
  #last: Instant = -Infinity;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#read = clock.steady === undefined ? () => clock.now() : clock.steady.bind(clock);
  }

  now(): Instant {
    const now = this.#read() + this.#ahead;
    if (now < this.#last) this.#ahead += this.#last - now;
    else this.#last = now;
    return this.#last;
  }
}
