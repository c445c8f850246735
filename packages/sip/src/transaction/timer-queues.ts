import type { Clock, Instant, Timer } from '../ports.ts';
import { SteadyTime } from './steady-time.ts';

/** A timer that fires so late says that the process was stopped: what came meanwhile still stands in the sockets. */
const stoppedMilliseconds = 1000;
/** Time to read it. */
const readingMilliseconds = 250;

/** What a queued timer calls when it is due. `word` says which timer it was. */
export interface TimerTarget {
  timerFired(word: string): void;
}

/** A timer of its own place in a queue; cancelling it forgets its target at once. */
export class QueuedTimer implements Timer {
  readonly due: Instant;
  readonly word: string;
  target: TimerTarget | undefined;
  before: QueuedTimer | undefined;
  after: QueuedTimer | undefined;
  readonly #queue: DurationQueue;

  constructor(queue: DurationQueue, due: Instant, target: TimerTarget, word: string) {
    this.#queue = queue;
    this.due = due;
    this.target = target;
    this.word = word;
  }

  cancel(): void {
    if (this.target === undefined) return;
    this.target = undefined;
    this.#queue.remove(this);
  }
}

/** Timers of one length fall due in the order in which they were started: a linked list and one timer of the clock. */
class DurationQueue {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #emptied: () => void;
  #first: QueuedTimer | undefined;
  #last: QueuedTimer | undefined;
  #alarm: Timer | undefined;
  #isReading = false;

  constructor(clock: Clock, time: SteadyTime, emptied: () => void) {
    this.#clock = clock;
    this.#time = time;
    this.#emptied = emptied;
  }

  add(timer: QueuedTimer): void {
    timer.before = this.#last;
    if (this.#last === undefined) {
      this.#first = timer;
      this.#alarm = this.#clock.after(timer.due - this.#time.now(), this.#fire);
    } else this.#last.after = timer;
    this.#last = timer;
  }

  remove(timer: QueuedTimer): void {
    const { before, after } = timer;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    timer.before = undefined;
    timer.after = undefined;
    if (this.#first !== undefined) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#emptied();
  }

  clear(): void {
    while (this.#first !== undefined) this.#first.cancel();
  }

  /** True once after each stop, so that answers that have come already count before anybody is given up. */
  #wasStopped(now: Instant): boolean {
    this.#isReading =
      !this.#isReading && this.#first !== undefined && now - this.#first.due > stoppedMilliseconds;
    return this.#isReading;
  }

  readonly #fire = (): void => {
    this.#alarm = undefined;
    const now = this.#time.now();
    if (this.#wasStopped(now)) {
      this.#alarm = this.#clock.after(readingMilliseconds, this.#fire);
      return;
    }
    for (let timer = this.#first; timer !== undefined && timer.due <= now; timer = this.#first) {
      const { target, word } = timer;
      timer.target = undefined;
      this.remove(timer);
      target?.timerFired(word);
    }
    const next = this.#first;
    if (next !== undefined) this.#alarm = this.#clock.after(next.due - now, this.#fire);
  };
}

/**
 * Many timers of few lengths over one clock: starting and cancelling cost a list node, not a timer of the system,
 * which matters with timer J of 32 s at thousands of transactions a second.
 */
export class TimerQueues {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #queues = new Map<number, DurationQueue>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#time = new SteadyTime(clock);
  }

  /** The time by which timers fall due; it never runs back. */
  now(): Instant {
    return this.#time.now();
  }

  start(milliseconds: number, target: TimerTarget, word: string): QueuedTimer {
    let queue = this.#queues.get(milliseconds);
    if (queue === undefined) {
      queue = new DurationQueue(this.#clock, this.#time, () => this.#queues.delete(milliseconds));
      this.#queues.set(milliseconds, queue);
    }
    const timer = new QueuedTimer(queue, this.#time.now() + milliseconds, target, word);
    queue.add(timer);
    return timer;
  }

  /** Forgets every timer without firing it. */
  clear(): void {
    for (const queue of this.#queues.values()) queue.clear();
  }
}
