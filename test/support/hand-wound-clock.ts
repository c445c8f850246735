import type { Clock, Instant, Timer } from '@restante/sip';

interface Waiting extends Timer {
  readonly due: Instant;
  act: (() => void) | undefined;
}

/** Lets everything that needs no time happen: promises, microtasks, messages between threads that are ready. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that moves only when the test winds it. */
export class HandWoundClock implements Clock {
  #now: Instant;
  #waiting: Waiting[] = [];

  constructor(start: Instant = Date.UTC(2026, 2, 1, 9, 0, 0)) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  after(milliseconds: number, act: () => void): Timer {
    const timer: Waiting = {
      due: this.#now + Math.max(0, milliseconds),
      act,
      cancel: () => {
        timer.act = undefined;
        this.#waiting = this.#waiting.filter((other) => other !== timer);
      },
    };
    // Timers due at the same instant fire in the order in which they were started.
    const place = this.#waiting.findIndex((other) => other.due > timer.due);
    this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, timer);
    return timer;
  }

  /** Fires what falls due within the next `milliseconds`, in order, and lets promises settle before and after each instant. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#waiting[0]; next !== undefined && next.due <= end; next = this.#waiting[0]) {
      this.#now = Math.max(this.#now, next.due);
      this.#fireDue();
      await settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** How many timers are still running: 0 when nothing was left open. */
  pending(): number {
    return this.#waiting.length;
  }

  #fireDue(): void {
    for (
      let timer = this.#waiting[0];
      timer !== undefined && timer.due <= this.#now;
      timer = this.#waiting[0]
    ) {
      this.#waiting.shift();
      const act = timer.act;
      timer.act = undefined;
      act?.();
    }
  }
}
