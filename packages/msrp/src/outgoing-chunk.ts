import type { SendEnd } from './send-outcome.ts';
import type { Transaction } from './transactions.ts';

/** What a chunk tells its message. */
export interface ChunkOwner {
  acknowledge(chunk: OutgoingChunk): void;
  refuse(status: number, comment: string): void;
  end(end: SendEnd): void;
}

const nothing = new Uint8Array(0);

/** One chunk: until its end the only thing that its connection carries, and then a request that may be answered. */
export class OutgoingChunk implements Transaction {
  readonly transactionId: string;
  readonly start: number;
  end: number;
  isAwaited = false;
  /** Its last octets, in which an end-line may have begun. */
  tail: Uint8Array = nothing;
  readonly #message: ChunkOwner;

  constructor(message: ChunkOwner, transactionId: string, start: number) {
    this.#message = message;
    this.transactionId = transactionId;
    this.start = start;
    this.end = start;
  }

  answered(status: number, comment: string): void {
    if (status === 200) this.#message.acknowledge(this);
    else this.#message.refuse(status, comment);
  }

  expired(): void {
    this.#message.end({ kind: 'timeout' });
  }
}
