import type { Effect } from './effect.ts';
import type { Machine } from './machine.ts';
import type { QueuedTimer, TimerQueues, TimerTarget } from './timer-queues.ts';
import { timerDuration } from './timers.ts';
import type { TimerName, TimerSettings } from './timers.ts';

/** What every transaction is given by the layer. */
export interface TransactionContext {
  readonly timers: TimerQueues;
  readonly settings: TimerSettings;
}

/** Runs one machine: the table decides, the subclass performs. At most two timers run at a time. */
export abstract class Transaction implements TimerTarget {
  readonly key: string;
  readonly method: string;
  #state: string;
  readonly #machine: Machine;
  readonly #context: TransactionContext;
  #timer: QueuedTimer | undefined;
  #secondTimer: QueuedTimer | undefined;
  #retransmissions = 0;

  constructor(key: string, method: string, machine: Machine, context: TransactionContext) {
    this.key = key;
    this.method = method;
    this.#machine = machine;
    this.#state = machine.first;
    this.#context = context;
  }

  get state(): string {
    return this.#state;
  }

  protected abstract get reliable(): boolean;
  protected abstract perform(effect: Effect): void;
  /** The machine has reached its end; may be told more than once. */
  protected abstract ended(): void;

  protected handle(event: string): void {
    // An event that the table does not name is absorbed.
    const arrow = this.#machine.arrows[this.#state]?.[event];
    if (arrow === undefined) return;
    this.#state = arrow.state;
    for (const { effect, timer } of arrow.steps) {
      if (timer !== undefined) this.startTimer(timer);
      else if (effect === 'stop-timers') this.#stopTimers();
      else this.perform(effect);
    }
    if (this.#state === 'terminated') this.terminate();
  }

  timerFired(word: string): void {
    this.handle(`timer-${word}`);
  }

  /** To the end at once, without telling anybody. */
  terminate(): void {
    this.#state = 'terminated';
    this.#stopTimers();
    this.ended();
  }

  /** Back to the first state, for a request that is sent another way. */
  protected restart(): void {
    this.#stopTimers();
    this.#retransmissions = 0;
    this.#state = this.#machine.first;
  }

  protected startTimer(name: TimerName): void {
    const { timers, settings } = this.#context;
    const { reliable } = this;
    const proceeding = this.#state === 'proceeding';
    const duration = timerDuration(name, {
      settings,
      reliable,
      retransmissions: this.#retransmissions,
      proceeding,
    });
    if (duration === undefined) return;
    if (duration === 0) return this.handle(`timer-${name}`);
    if (name === 'a' || name === 'e' || name === 'g') {
      this.#retransmissions += 1;
      this.#timer = timers.start(duration, this, name);
    } else this.#secondTimer = timers.start(duration, this, name);
  }

  #stopTimers(): void {
    this.#timer?.cancel();
    this.#secondTimer?.cancel();
    this.#timer = undefined;
    this.#secondTimer = undefined;
  }
}
