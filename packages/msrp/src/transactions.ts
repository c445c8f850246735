import type { Clock, Timer } from '@restante/sip';

/** Who waits for the response to a request. */
export interface Transaction {
  /** Kept by Transactions: the request was sent to its end, and has to be answered. False at first. */
  isAwaited: boolean;
  answered(status: number, comment: string): void;
  /** No response within 30 s. */
  expired(): void;
}

/** RFC 4975 section 7.1.1: from the last octet of the request on. */
const responseTimeoutMs = 30_000;
/** Requests that are answered only when something is wrong; of more than these the oldest count as well received. */
const maxUntimed = 256;

/**
 * The requests on one connection that may be answered. Responses come in the order of the requests, behind what fills
 * the line: so the time of a request runs from when it is the oldest, and begins anew whenever something moves.
 */
export class Transactions {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Transaction>();
  #timed = 0;
  #lastProgress = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request has begun: its answer may come before its end. */
  open(transactionId: string, transaction: Transaction): void {
    this.#entries.set(transactionId, transaction);
    if (this.#entries.size - this.#timed > maxUntimed) this.#forgetOldestUntimed();
  }

  /** The request was sent to its end and has to be answered. */
  await(transactionId: string): void {
    const transaction = this.#entries.get(transactionId);
    if (transaction === undefined || transaction.isAwaited) return;
    transaction.isAwaited = true;
    this.#timed += 1;
    if (this.#timed === 1) this.#arm();
  }

  answer(transactionId: string, status: number, comment: string): void {
    const transaction = this.#entries.get(transactionId);
    this.#lastProgress = this.#clock.now();
    if (transaction === undefined) return;
    this.#entries.delete(transactionId);
    if (transaction.isAwaited) {
      this.#timed -= 1;
      if (this.#timed === 0) this.#stop();
    }
    transaction.answered(status, comment);
  }

  /** Octets left, so the peer reads. */
  moved(): void {
    this.#lastProgress = this.#clock.now();
  }

  close(): void {
    this.#entries.clear();
    this.#timed = 0;
    this.#stop();
  }

  #forgetOldestUntimed(): void {
    for (const [transactionId, { isAwaited }] of this.#entries) {
      if (isAwaited) continue;
      this.#entries.delete(transactionId);
      return;
    }
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
    const late = [...this.#entries].filter(([, { isAwaited }]) => isAwaited);
    for (const [transactionId] of late) this.#entries.delete(transactionId);
    this.#timed = 0;
    this.#timer = undefined;
    for (const [, transaction] of late) transaction.expired();
  }
}
