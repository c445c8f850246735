import type { Random } from '@restante/sip';
import type { Batch } from './batch.ts';
import { BlockReader } from './block-reader.ts';
import { TransactionIdentifiers } from './identifiers.ts';
import type { ChunkOwner } from './outgoing-chunk.ts';
import { OutgoingChunk } from './outgoing-chunk.ts';
import { EndLineGuard } from './protocol/end-line.ts';
import type { ContinuationFlag, FailureReport } from './protocol/message.ts';
import type { ByteSpan } from './protocol/range-set.ts';
import { RangeSet } from './protocol/range-set.ts';
import { endLine, sendHead } from './protocol/serializer.ts';
import type { SendTemplate } from './protocol/serializer.ts';
import type { SendEnd, SendOutcome, SendProgress } from './send-outcome.ts';
import type { MessageSource } from './source.ts';
import type { Transactions } from './transactions.ts';

/** What a message needs to be told and asked for while it is cut. */
export interface OutgoingSettings {
  readonly template: SendTemplate;
  readonly source: MessageSource;
  readonly chunkBytes: number;
  readonly blockBytes: number;
  /** Octets of ended chunks that may wait for their answers. */
  readonly windowBytes: number;
  readonly startAt: number;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly random: Random;
  readonly onProgress: ((progress: SendProgress) => void) | undefined;
  /** There is something to send now. */
  wake(): void;
  readonly transactions: Transactions;
  /** A chunk was refused: that may concern the whole session. */
  refused(status: number): void;
  /** All chunks are answered, a report is waited for. */
  awaitsReport(): void;
  ended(outcome: SendOutcome): void;
}

/** RFC 4975 section 7.1.1: a chunk of more octets than this has to be one that can be interrupted. */
const maxFixedBytes = 2048;
/** Chunks that may wait for their answers, however small they are. */
const maxUnanswered = 2048;

/** Cuts a message into chunks and follows their fate (RFC 4975 sections 5.1 and 7.1.1). */
export class OutgoingMessage implements ChunkOwner {
  readonly #settings: OutgoingSettings;
  readonly #blocks: BlockReader;
  readonly #acknowledged = new RangeSet();
  readonly #reported = new RangeSet();
  readonly #guard = new EndLineGuard();
  readonly #identifiers: TransactionIdentifiers;
  #offset: number;
  #chunk: OutgoingChunk | undefined;
  #unanswered = 0;
  #unansweredBytes = 0;
  #isSent = false;
  #isFlushed = false;
  #isEnded = false;

  constructor(settings: OutgoingSettings) {
    this.#settings = settings;
    this.#offset = settings.startAt;
    this.#identifiers = new TransactionIdentifiers(settings.random);
    this.#acknowledged.add(0, settings.startAt);
    this.#reported.add(0, settings.startAt);
    const { source, blockBytes, startAt } = settings;
    this.#blocks = new BlockReader(
      source,
      { blockBytes, startAt },
      {
        filled: () => settings.wake(),
        failed: (error) => this.end({ kind: 'source-failed', error }),
      },
    );
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** A chunk was begun and not ended: nothing else may be written to the connection. */
  get isOpen(): boolean {
    return this.#chunk !== undefined;
  }

  /** Can `advance` send something? */
  get isReady(): boolean {
    if (this.#isEnded || this.#isSent || !this.#blocks.isReady) return false;
    if (this.#chunk !== undefined) return true;
    return this.#unansweredBytes < this.#settings.windowBytes && this.#unanswered < maxUnanswered;
  }

  /** Sends a chunk, or a piece of a long one. Only while `isReady`. */
  advance(batch: Batch): void {
    const { chunkBytes } = this.#settings;
    const used = this.#chunk === undefined ? 0 : this.#offset - this.#chunk.start;
    const piece = this.#blocks.take(chunkBytes - used);
    const isLast = this.#blocks.isAtEnd;
    let chunk = this.#chunk;
    if (chunk !== undefined && this.#collides(chunk, piece)) {
      this.interrupt(batch);
      chunk = undefined;
    }
    chunk ??= this.#open(batch, piece, isLast);
    batch.octets(piece);
    this.#offset += piece.length;
    const length = this.#offset - chunk.start;
    if (isLast || length >= chunkBytes) this.#close(batch, chunk, isLast ? '$' : '+');
    else chunk.tail = joined(chunk.tail, piece.subarray(-this.#guard.reach));
    if (isLast) this.#isSent = true;
    this.#progressed();
  }

  /** Ends an open chunk so that something else can be sent; a new one goes on where it ended. */
  interrupt(batch: Batch): void {
    if (this.#chunk !== undefined) this.#close(batch, this.#chunk, this.#isEnded ? '#' : '+');
  }

  /** Tells the receiver that no more comes: between chunks by an empty one, which is answered or not. */
  giveUp(batch: Batch): void {
    if (this.#chunk !== undefined) return this.interrupt(batch);
    if (this.#isSent || this.#offset === this.#settings.startAt) return;
    const transactionId = this.#identifiers.next();
    const range = { first: this.#offset + 1, last: undefined, total: this.#settings.source.size };
    batch.text(sendHead(transactionId, this.#settings.template, range) + endLine(transactionId, '#', true));
  }

  /** What was handed over so far has left. */
  flushed(): void {
    if (!this.#isSent || this.#isFlushed) return;
    this.#isFlushed = true;
    this.#check();
  }

  /** 200 to one of the chunks. A peer that says so before the end of the chunk has not understood it. */
  acknowledge({ start, end, isAwaited }: OutgoingChunk): void {
    if (this.#settings.failureReport !== 'yes') return;
    if (!isAwaited) return this.refuse(400, 'answered before its end');
    this.#unanswered -= 1;
    this.#unansweredBytes -= end - start;
    this.#acknowledged.add(start, end);
    this.#progressed();
    this.#check();
    this.#settings.wake();
  }

  /** A response or a report that is not 200 (RFC 4975 section 10): whatever it is, the message ends. */
  refuse(status: number, comment: string): void {
    if (this.#settings.failureReport === 'no') return;
    this.end({ kind: 'refused', status, comment });
    this.#settings.refused(status);
  }

  /** A REPORT on octets of the message. */
  reported(span: ByteSpan): void {
    this.#reported.add(span.start, span.end);
    this.#check();
  }

  /** The message is over; what was begun is ended by `#` when the connection is still there. */
  end(end: SendEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#blocks.close();
    const { prefix, spans } = this.#acknowledged;
    const fits = this.#settings.failureReport === 'yes';
    this.#settings.ended({ ...end, acknowledgedPrefix: fits ? prefix : 0, acknowledged: fits ? spans : [] });
  }

  #open(batch: Batch, piece: Uint8Array, isLast: boolean): OutgoingChunk {
    const { template, source, chunkBytes } = this.#settings;
    let transactionId = this.#identifiers.next();
    this.#guard.begin(transactionId);
    while (this.#guard.isIn(piece)) {
      transactionId = this.#identifiers.next();
      this.#guard.begin(transactionId);
    }
    const isWhole = isLast || piece.length >= chunkBytes;
    const isFixed = isWhole && piece.length <= maxFixedBytes;
    const last = isFixed ? this.#offset + piece.length : undefined;
    const total = source.size ?? (isLast ? this.#offset + piece.length : undefined);
    batch.text(sendHead(transactionId, template, { first: this.#offset + 1, last, total }));
    const chunk = new OutgoingChunk(this, transactionId, this.#offset);
    this.#chunk = chunk;
    if (this.#settings.failureReport !== 'no') this.#settings.transactions.open(chunk);
    return chunk;
  }

  #close(batch: Batch, chunk: OutgoingChunk, flag: ContinuationFlag): void {
    batch.text(endLine(chunk.transactionId, flag, true));
    this.#chunk = undefined;
    if (this.#settings.failureReport !== 'yes') return;
    chunk.end = this.#offset;
    this.#unanswered += 1;
    this.#unansweredBytes += chunk.end - chunk.start;
    this.#settings.transactions.await(chunk);
  }

  /** Would the piece, behind what the chunk has, end the chunk? */
  #collides({ tail }: OutgoingChunk, piece: Uint8Array): boolean {
    const guard = this.#guard;
    return (
      guard.isIn(piece) || guard.isIn(joined(tail.subarray(-guard.reach), piece.subarray(0, guard.reach)))
    );
  }

  #check(): void {
    const { failureReport, successReport } = this.#settings;
    if (!this.#isSent || this.#unanswered > 0) return;
    const isAnswered = failureReport === 'yes';
    if (!isAnswered && !this.#isFlushed) return;
    if (!successReport) return this.end({ kind: isAnswered ? 'delivered' : 'sent' });
    if (this.#reported.covers(this.#offset)) this.end({ kind: 'delivered' });
    else this.#settings.awaitsReport();
  }

  #progressed(): void {
    this.#settings.onProgress?.({
      sentBytes: this.#offset,
      acknowledgedBytes: this.#settings.failureReport === 'yes' ? this.#acknowledged.octets : 0,
      totalBytes: this.#settings.source.size,
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
