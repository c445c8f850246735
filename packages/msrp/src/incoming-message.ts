import type { MsrpRequest } from './protocol/message.ts';
import { wholeMessage } from './protocol/byte-range.ts';
import { RangeSet } from './protocol/range-set.ts';
import { MsrpRejection } from './protocol/status.ts';
import type { ReceptionPort } from './reception-port.ts';
import type { AbortReason, MessageHandler, MessageSink } from './sink.ts';

/** One chunk on its way: where its octets belong, and what keeps it from being answered. */
interface Chunk {
  readonly request: MsrpRequest;
  at: number;
  /** Writes that are open, and one more until the chunk has ended. */
  open: number;
  isAnswered: boolean;
}

interface Piece {
  readonly chunk: Chunk;
  readonly offset: number;
  readonly octets: Uint8Array;
}

/** Puts the chunks of one message together, in whatever order they come (RFC 4975 section 7.3.1). */
export class IncomingMessage {
  readonly #id: string;
  readonly #port: ReceptionPort;
  readonly #ranges = new RangeSet();
  #sink: MessageSink | undefined;
  #total: number | undefined;
  #openWrites = 0;
  /** What came before the decision, or while the octets it replaces are being written. */
  readonly #waiting: Piece[] = [];
  #state: 'deciding' | 'receiving' | 'completing' | 'ended' = 'deciding';
  #status = 200;
  #endedBy: AbortReason | undefined;
  #chunk: Chunk | undefined;
  /** Mostly one. */
  readonly #unanswered: Chunk[] = [];

  constructor(first: MsrpRequest, handler: MessageHandler, port: ReceptionPort) {
    this.#id = first.messageId ?? '';
    this.#port = port;
    const { total } = first.byteRange ?? wholeMessage;
    this.#total = total;
    // RFC 4975 section 10.5: what is too large is stopped before anybody is asked.
    if ((total ?? 0) > port.limits.maxMessageBytes) this.#end(413);
    else void this.#decide(first, handler);
  }

  /** The head of a chunk; its octets follow by `body`, its end by `end`. */
  begin(request: MsrpRequest): void {
    const { first, total } = request.byteRange ?? wholeMessage;
    const chunk = { request, at: first - 1, open: this.#state === 'deciding' ? 2 : 1, isAnswered: false };
    this.#chunk = chunk;
    this.#unanswered.push(chunk);
    if (this.#state === 'ended') return this.#answer(chunk, this.#status);
    if (total === undefined) return;
    if (total > this.#port.limits.maxMessageBytes) return this.#fail(413, 'too-large');
    if (total !== (this.#total ?? total)) return this.#fail(400, 'malformed');
    this.#total = total;
  }

  body(octets: Uint8Array): void {
    const chunk = this.#chunk;
    if (chunk === undefined || this.#state === 'ended') return;
    const offset = chunk.at;
    const end = offset + octets.length;
    chunk.at = end;
    if (this.#state === 'completing') return;
    if (end > this.#port.limits.maxMessageBytes) return this.#fail(413, 'too-large');
    if (end > (this.#total ?? end)) return this.#fail(400, 'malformed');
    this.#take({ chunk, offset, octets });
  }

  end(flag: '$' | '+' | '#'): void {
    const chunk = this.#chunk;
    this.#chunk = undefined;
    if (chunk === undefined || chunk.isAnswered) return;
    if (this.#state !== 'ended') {
      if (flag === '#') return this.#abortBySender();
      if (flag === '$' && !this.#endsAt(chunk.at)) return this.#fail(400, 'malformed');
    }
    this.#settleOne(chunk);
  }

  /** The session or its connection is gone. */
  abort(reason: AbortReason): void {
    this.#abort(reason, 413);
  }

  /** The chunk itself was received well. */
  #abortBySender(): void {
    this.#abort('aborted-by-sender', 413);
    for (const chunk of [...this.#unanswered]) this.#answer(chunk, 200);
  }

  /** The last chunk ends where the message ends: does that agree with what is known? */
  #endsAt(end: number): boolean {
    const agrees = end === (this.#total ?? end) && this.#ranges.end <= end;
    this.#total = end;
    return agrees;
  }

  async #decide(first: MsrpRequest, handler: MessageHandler): Promise<void> {
    try {
      const decision = handler({
        messageId: this.#id,
        contentType: first.contentType ?? '',
        totalBytes: this.#total,
        successReport: first.successReport,
        failureReport: first.failureReport,
        fields: first.fields,
        fromPath: first.fromPath,
      });
      // Without a promise nothing has to wait.
      this.#decided(decision instanceof Promise ? await decision : decision);
    } catch (error) {
      this.#fail(statusOf(error), 'write-failed');
    }
  }

  #decided(decision: MessageSink | MsrpRejection): void {
    if (decision instanceof MsrpRejection) return this.#fail(decision.status, 'write-failed');
    if (this.#state === 'ended') return decision.abort(this.#endedBy ?? 'session-closed');
    this.#sink = decision;
    this.#state = 'receiving';
    for (const { start, end } of decision.received ?? []) this.#ranges.add(start, end);
    const begun = [...this.#unanswered];
    this.#takeWaiting();
    for (const chunk of begun) this.#settleOne(chunk);
  }

  #take(piece: Piece): void {
    const { offset, octets, chunk } = piece;
    const end = offset + octets.length;
    const mustWait =
      this.#state === 'deciding' ||
      this.#waiting.length > 0 ||
      (this.#openWrites > 0 && this.#ranges.meets(offset, end));
    if (mustWait) {
      chunk.open += 1;
      this.#waiting.push(piece);
      this.#port.held(octets.length);
      return;
    }
    this.#write(piece);
  }

  #takeWaiting(): void {
    while (this.#waiting.length > 0 && this.#state === 'receiving') {
      const [piece] = this.#waiting;
      if (piece === undefined) return;
      const { offset, octets, chunk } = piece;
      if (this.#openWrites > 0 && this.#ranges.meets(offset, offset + octets.length)) return;
      this.#waiting.shift();
      this.#write(piece);
      this.#port.held(-octets.length);
      this.#settleOne(chunk);
    }
  }

  #write({ chunk, offset, octets }: Piece): void {
    this.#ranges.add(offset, offset + octets.length);
    if (this.#ranges.size > this.#port.limits.maxSpans) return this.#fail(413, 'too-scattered');
    try {
      const written = this.#sink?.write(offset, octets);
      if (written === undefined) return;
      this.#openWrites += 1;
      chunk.open += 1;
      this.#port.held(octets.length);
      void this.#await(written, chunk, octets.length);
    } catch (error) {
      this.#fail(statusOf(error), 'write-failed');
    }
  }

  async #await(written: Promise<void>, chunk: Chunk, octets: number): Promise<void> {
    try {
      await written;
    } catch (error) {
      this.#fail(statusOf(error), 'write-failed');
    }
    this.#openWrites -= 1;
    this.#port.held(-octets);
    this.#takeWaiting();
    this.#settleOne(chunk);
  }

  /** One thing less that keeps the chunk from its answer. */
  #settleOne(chunk: Chunk): void {
    chunk.open -= 1;
    if (chunk.open > 0 || chunk.isAnswered) return;
    const total = this.#total;
    const isWhole = this.#state === 'receiving' && total !== undefined && this.#ranges.covers(total);
    if (isWhole && this.#openWrites === 0 && this.#waiting.length === 0) void this.#complete(chunk, total);
    else this.#answer(chunk, 200);
  }

  async #complete(chunk: Chunk, totalBytes: number): Promise<void> {
    this.#state = 'completing';
    try {
      const committed = this.#sink?.complete({ totalBytes });
      if (committed !== undefined) await committed;
    } catch (error) {
      this.#end(statusOf(error));
      for (const open of [...this.#unanswered]) this.#answer(open, this.#status);
      return;
    }
    this.#end(200);
    this.#answer(chunk, 200);
    this.#port.succeeded(chunk.request, totalBytes);
  }

  #answer(chunk: Chunk, status: number): void {
    if (chunk.isAnswered) return;
    chunk.isAnswered = true;
    this.#unanswered.splice(this.#unanswered.lastIndexOf(chunk), 1);
    this.#port.answer(chunk.request, status);
  }

  #fail(status: number, reason: AbortReason): void {
    this.#abort(reason, status);
    for (const chunk of [...this.#unanswered]) this.#answer(chunk, status);
  }

  #abort(reason: AbortReason, status: number): void {
    if (this.#state === 'ended' || this.#state === 'completing') return;
    this.#endedBy = reason;
    for (const { octets } of this.#waiting.splice(0)) this.#port.held(-octets.length);
    this.#end(status);
    this.#sink?.abort(reason);
  }

  #end(status: number): void {
    this.#state = 'ended';
    this.#status = status;
    this.#port.ended(this.#id, status);
  }
}

function statusOf(error: unknown): number {
  return error instanceof MsrpRejection ? error.status : 413;
}
