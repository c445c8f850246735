import type { Instant } from '../ports.ts';
import type { QueuedTimer, TimerQueues, TimerTarget } from './timer-queues.ts';

/** What is told when timer J has fired. */
export type CompletedEnded = (key: string, mergeKey: string | undefined) => void;

/** So many that have ended are moved out of the way at once. */
const mostEnded = 1024;

/**
 * Timer J for non-INVITE server transactions over unreliable transports (RFC 3261 section 17.2.2). All take equally long,
 * so they end in the order of their answers: rows of plain arrays, because at thousands a second half a minute of objects
 * is what the collector would be busy with.
 */
export class CompletedTransactions implements TimerTarget {
  readonly #timers: TimerQueues;
  readonly #milliseconds: number;
  readonly #ended: CompletedEnded;
  #keys: string[] = [];
  #mergeKeys: (string | undefined)[] = [];
  #due: Instant[] = [];
  #first = 0;
  #alarm: QueuedTimer | undefined;

  /** @param milliseconds timer J */
  constructor(timers: TimerQueues, milliseconds: number, ended: CompletedEnded) {
    this.#timers = timers;
    this.#milliseconds = milliseconds;
    this.#ended = ended;
  }

  add(key: string, mergeKey: string | undefined): void {
    this.#keys.push(key);
    this.#mergeKeys.push(mergeKey);
    this.#due.push(this.#timers.now() + this.#milliseconds);
    this.#alarm ??= this.#timers.start(this.#milliseconds, this, 'j');
  }

  timerFired(): void {
    const now = this.#timers.now();
    for (let due = this.#due[this.#first]; due !== undefined && due <= now; due = this.#due[this.#first]) {
      this.#ended(this.#keys[this.#first] ?? '', this.#mergeKeys[this.#first]);
      this.#first += 1;
    }
    if (this.#first >= mostEnded || this.#first === this.#keys.length) this.#forgetEnded();
    const next = this.#due[this.#first];
    this.#alarm = next === undefined ? undefined : this.#timers.start(Math.ceil(next - now), this, 'j');
  }

  close(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  #forgetEnded(): void {
    this.#keys = this.#keys.slice(this.#first);
    this.#mergeKeys = this.#mergeKeys.slice(this.#first);
    this.#due = this.#due.slice(this.#first);
    this.#first = 0;
  }
}
