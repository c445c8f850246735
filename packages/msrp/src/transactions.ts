import type { Clock, Timer } from '@restante/sip';

/** Who waits for the response to a request. */
export interface Transaction {
  readonly transactionId: string;
  /** Kept by Transactions: the request was sent to its end, and has to be answered. False at first. */
  isAwaited: boolean;
  answered(status: number, comment: string): void;
  /** No response within 30 s. */
  expired(): void;
}

/** RFC 4975 section 7.1.1: from the last octet of the request on. */
const responseTimeoutMs = 30_000;
/** Requests that are answered only when something is wrong; of more than these the oldest count as well received. */
const maxUnawaited = 256;
/** So many places of answered requests may stand before the others. */
const maxSpent = 1024;

/**
 * The requests on one connection that may be answered. Responses come in the order of the requests, behind what fills
 * the line: so the time of a request runs from when it is the oldest, and begins anew whenever something moves.
 */
export class Transactions {
  readonly #clock: Clock;
  /** The oldest first, from `#first` on: mostly that is the one that is answered. */
  readonly #open: Transaction[] = [];
  #first = 0;
  #awaited = 0;
  #lastProgress = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request has begun: its answer may come before its end. */
  open(transaction: Transaction): void {
    this.#open.push(transaction);
    if (this.#open.length - this.#first - this.#awaited > maxUnawaited) this.#forgetOldestUnawaited();
  }

  /** The request was sent to its end and has to be answered; nothing happens if it was already. */
  await(transaction: Transaction): void {
    if (transaction.isAwaited || this.#open.lastIndexOf(transaction) < this.#first) return;
    transaction.isAwaited = true;
    this.#awaited += 1;
    if (this.#awaited === 1) this.#arm();
  }

  answer(transactionId: string, status: number, comment: string): void {
    this.#lastProgress = this.#clock.now();
    for (let index = this.#first; index < this.#open.length; index += 1) {
      const transaction = this.#open[index];
      if (transaction?.transactionId !== transactionId) continue;
      this.#remove(index);
      if (transaction.isAwaited) this.#awaited -= 1;
      if (this.#awaited === 0) this.#stop();
      transaction.answered(status, comment);
      return;
    }
  }

  /** Octets left, so the peer reads. */
  moved(): void {
    this.#lastProgress = this.#clock.now();
  }

  close(): void {
    this.#open.length = 0;
    this.#first = 0;
    this.#awaited = 0;
    this.#stop();
  }

  #remove(index: number): void {
    if (index > this.#first) {
      this.#open.splice(index, 1);
      return;
    }
    this.#first += 1;
    if (this.#first < maxSpent && this.#first < this.#open.length) return;
    this.#open.splice(0, this.#first);
    this.#first = 0;
  }

  #forgetOldestUnawaited(): void {
    const index = this.#open.findIndex(({ isAwaited }, place) => place >= this.#first && !isAwaited);
    if (index >= 0) this.#remove(index);
  }

  #arm(): void {
    this.#lastProgress = this.#clock.now();
    this.#timer = this.#clock.after(responseTimeoutMs, () => this.#look());
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const left = this.#lastProgress + responseTimeoutMs - this.#clock.now();
    if (left > 0) {
      this.#timer = this.#clock.after(left, () => this.#look());
      return;
    }
    const open = this.#open.splice(0).slice(this.#first);
    this.#first = 0;
    this.#awaited = 0;
    this.#timer = undefined;
    this.#open.push(...open.filter(({ isAwaited }) => !isAwaited));
    for (const transaction of open) if (transaction.isAwaited) transaction.expired();
  }
}
