import type { Clock, Timer } from '../ports.ts';

/** The longest a timer of the platform runs: a signed 32-bit count of milliseconds. */
const longestTimeout = 2 ** 31 - 1;

/** The clock of the machine, in Node and in browsers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (milliseconds, act) => new SystemTimer(milliseconds, act),
};

class SystemTimer implements Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, act: () => void) {
    this.#start(milliseconds, act);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #start(milliseconds: number, act: () => void): void {
    this.#handle =
      milliseconds <= longestTimeout
        ? setTimeout(act, milliseconds)
        : setTimeout(() => this.#start(milliseconds - longestTimeout, act), longestTimeout);
  }
}
