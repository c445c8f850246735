import { EndLineScanner } from './end-line.ts';
import { HeadParser } from './head-parser.ts';
import type { BrokenHead, ContinuationFlag, MsrpHead } from './message.ts';
import { cr, hyphen, lf } from './octets.ts';
import { NoMsrp } from './start-line.ts';

/** What the framer tells, in the order of the stream: a head, its body in pieces, its end. */
export interface FramedParts {
  /** After `broken` come neither body nor end: they are read over. */
  head(head: MsrpHead | BrokenHead): void;
  /** Shares the memory of what was pushed. */
  body(octets: Uint8Array): void;
  end(flag: ContinuationFlag): void;
  /** Where the next message begins cannot be known: the connection has to close. */
  lost(reason: string): void;
}

export interface FramerLimits {
  /** Octets from the start line to the empty line. */
  readonly maxHeadBytes: number;
}

const nothing = new Uint8Array(0);
/** 'MSRP '. */
const startOctets = 5;

/**
 * Cuts a byte stream into MSRP messages, however the stream is cut into chunks, without keeping a body.
 * A chunk must not change after it was pushed. After `lost` everything is ignored.
 */
export class MsrpFramer {
  readonly #parts: FramedParts;
  readonly #maxHeadBytes: number;
  readonly #parser = new HeadParser();
  readonly #body: EndLineScanner;
  #state: 'head' | 'body' | 'lost' = 'head';
  #isBroken = false;
  /** The beginning of a head that came in several chunks, how much is filled, and up to where it has no end. */
  #held: Uint8Array = nothing;
  #heldLength = 0;
  #searched = 0;

  constructor(parts: FramedParts, limits: FramerLimits) {
    this.#parts = parts;
    this.#maxHeadBytes = limits.maxHeadBytes;
    this.#body = new EndLineScanner((octets) => {
      if (!this.#isBroken) parts.body(octets);
    });
  }

  /** A message has begun whose end has not come. */
  get isInMessage(): boolean {
    return this.#state === 'body' || this.#heldLength > 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    try {
      while (at < chunk.length && this.#state !== 'lost') {
        if (this.#state === 'body') at = this.#readBody(chunk, at);
        else if (this.#heldLength > 0) at = this.#continueHead(chunk, at);
        // Empty lines between messages are seen in the field, and harmless.
        else if (chunk[at] === cr || chunk[at] === lf) at += 1;
        else at = this.#beginHead(chunk, at);
      }
    } catch (error) {
      if (!(error instanceof NoMsrp)) throw error;
      this.#lose(error.message);
    }
  }

  #readBody(chunk: Uint8Array, at: number): number {
    const end = this.#body.scan(chunk, at);
    if (end < 0) return chunk.length;
    this.#state = 'head';
    if (!this.#isBroken) this.#parts.end(this.#body.flag);
    return end;
  }

  #beginHead(chunk: Uint8Array, at: number): number {
    const end = this.#readHead(chunk, at, chunk.length);
    if (end >= 0) return end;
    this.#searched = 0;
    return this.#hold(chunk, at);
  }

  /** Where the head, or the whole message, ends; -1 when that has not come. */
  #readHead(octets: Uint8Array, from: number, to: number): number {
    const read = this.#parser.parse(octets, from, to);
    if (read === undefined) return -1;
    const { head, end, flag } = read;
    if (end - from > this.#maxHeadBytes) throw new NoMsrp('the head is too long');
    this.#isBroken = head.kind === 'broken';
    if (flag === undefined) {
      this.#state = 'body';
      this.#body.begin(head.transactionId);
    }
    this.#parts.head(head);
    if (flag !== undefined && !this.#isBroken) this.#parts.end(flag);
    return end;
  }

  /** Copies what there is of a head; one octet more than is allowed shows that it is too long. */
  #hold(chunk: Uint8Array, at: number): number {
    const taken = chunk.subarray(at, at + this.#maxHeadBytes + 1 - this.#heldLength);
    const length = this.#heldLength + taken.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(512, length * 2));
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(taken, this.#heldLength);
    this.#heldLength = length;
    return at + taken.length;
  }

  #continueHead(chunk: Uint8Array, at: number): number {
    const before = this.#heldLength;
    const hadStartLine = this.#searched > 0;
    const held = this.#hold(chunk, at);
    const headEnd = this.#searchEnd();
    if (headEnd < 0) {
      // What is no MSRP is not waited for: its first octets and its first line show it.
      const showsMore = before < startOctets || this.#searched > 0;
      if (!hadStartLine && showsMore) this.#parser.parse(this.#held, 0, this.#heldLength);
      if (this.#heldLength > this.#maxHeadBytes) throw new NoMsrp('the head is too long');
      return held;
    }
    this.#heldLength = 0;
    const end = this.#readHead(this.#held, 0, headEnd);
    this.#held = nothing;
    if (end !== headEnd) throw new NoMsrp('a head without an end');
    return at + headEnd - before;
  }

  /** Behind the empty line or the end-line of the held octets, or -1. No line is looked at twice. */
  #searchEnd(): number {
    const octets = this.#held;
    let lineFrom = this.#searched;
    for (let at = lineFrom; at < this.#heldLength; at += 1) {
      if (octets[at] !== lf) continue;
      const isEmpty = at === lineFrom || (at === lineFrom + 1 && octets[lineFrom] === cr);
      if ((isEmpty && lineFrom > 0) || octets[lineFrom] === hyphen) return at + 1;
      lineFrom = at + 1;
      this.#searched = lineFrom;
    }
    return -1;
  }

  #lose(reason: string): void {
    this.#state = 'lost';
    this.#held = nothing;
    this.#heldLength = 0;
    this.#parts.lost(reason);
  }
}
