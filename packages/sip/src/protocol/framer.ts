import { HeadSearch } from './head-search.ts';

/** What a stream is made of. The bytes of a message may share the memory of the chunks it came in. */
export type FramedUnit =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** CRLFCRLF (RFC 5626 section 4.4.1). Its first half was announced as a pong before: see StreamFramer. */
  | { readonly kind: 'keep-alive-ping' }
  /** CRLF. */
  | { readonly kind: 'keep-alive-pong' }
  /** A message whose body is over the limit: its head. The body is skipped, what follows is framed again. */
  | { readonly kind: 'oversize'; readonly head: Uint8Array }
  /** Where the next message begins cannot be known: the connection has to close. `head`: fit for a last answer. */
  | { readonly kind: 'lost'; readonly reason: string; readonly head: Uint8Array | undefined };

export interface FramerLimits {
  /** Octets from the start line to the empty line. */
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
}

const cr = 13;
const lf = 10;
const nothing = new Uint8Array(0);

/**
 * Cuts a byte stream into SIP messages by Content-Length (RFC 3261 section 18.3); without one a message has no body.
 * However the stream is cut into chunks, the units are the same. For that a single CRLF between messages is
 * announced at once, as a pong, and if another one follows the pair is announced as a ping.
 * A chunk must not change after it was pushed. After `lost` everything is ignored.
 */
export class StreamFramer {
  readonly #limits: FramerLimits;
  readonly #search = new HeadSearch();
  /** The beginning of a head that came in several chunks, and how much of it is filled. */
  #head: Uint8Array = nothing;
  #headLength = 0;
  /** A message whose body is not complete, and how much of it is filled. */
  #message: Uint8Array | undefined;
  #filled = 0;
  #toSkip = 0;
  #isLost = false;
  #lineBreaks = 0;

  constructor(limits: FramerLimits) {
    this.#limits = limits;
  }

  /** A message has begun whose end has not come. */
  get isInMessage(): boolean {
    return this.#headLength > 0 || this.#message !== undefined || this.#toSkip > 0;
  }

  push(chunk: Uint8Array): readonly FramedUnit[] {
    const units: FramedUnit[] = [];
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      if (this.#toSkip > 0) at = this.#skip(chunk, at);
      else if (this.#message !== undefined) at = this.#fill(this.#message, chunk, at, units);
      else if (this.#headLength > 0) at = this.#continueHead(chunk, at, units);
      else if (chunk[at] === cr || chunk[at] === lf) at = this.#lineBreak(chunk, at, units);
      else at = this.#beginHead(chunk, at, units);
    }
    return units;
  }

  #skip(chunk: Uint8Array, at: number): number {
    const skipped = Math.min(this.#toSkip, chunk.length - at);
    this.#toSkip -= skipped;
    return at + skipped;
  }

  #lineBreak(chunk: Uint8Array, at: number, units: FramedUnit[]): number {
    if (chunk[at] === lf) {
      this.#lineBreaks = (this.#lineBreaks + 1) % 2;
      units.push({ kind: this.#lineBreaks === 0 ? 'keep-alive-ping' : 'keep-alive-pong' });
    }
    return at + 1;
  }

  #fill(message: Uint8Array, chunk: Uint8Array, at: number, units: FramedUnit[]): number {
    const taken = chunk.subarray(at, at + message.length - this.#filled);
    message.set(taken, this.#filled);
    this.#filled += taken.length;
    if (this.#filled === message.length) {
      units.push({ kind: 'message', bytes: message });
      this.#message = undefined;
    }
    return at + taken.length;
  }

  #beginHead(chunk: Uint8Array, at: number, units: FramedUnit[]): number {
    this.#lineBreaks = 0;
    this.#search.restart();
    const rest = chunk.subarray(at);
    const end = this.#search.endIn(rest, rest.length);
    if (end < 0 || end > this.#limits.maxHeadBytes) return this.#keepHead(rest, units) + at;
    const bodyLength = this.#search.bodyLength(rest, end);
    if (
      typeof bodyLength === 'number' &&
      bodyLength <= this.#limits.maxBodyBytes &&
      end + bodyLength <= rest.length
    ) {
      units.push({ kind: 'message', bytes: rest.subarray(0, end + bodyLength) });
      return at + end + bodyLength;
    }
    this.#endHead(rest.subarray(0, end), bodyLength, units);
    return at + end;
  }

  /** Copies the beginning of a head, so that a chunk is not kept for a few octets of it. */
  #keepHead(rest: Uint8Array, units: FramedUnit[]): number {
    if (rest.length > this.#limits.maxHeadBytes) {
      this.#lose('the head is too long', undefined, units);
      return rest.length;
    }
    this.#append(rest);
    return rest.length;
  }

  #append(octets: Uint8Array): void {
    const length = this.#headLength + octets.length;
    if (length > this.#head.length) {
      const larger = new Uint8Array(Math.max(1024, length * 2));
      larger.set(this.#head.subarray(0, this.#headLength));
      this.#head = larger;
    }
    this.#head.set(octets, this.#headLength);
    this.#headLength = length;
  }

  #continueHead(chunk: Uint8Array, at: number, units: FramedUnit[]): number {
    const before = this.#headLength;
    // One octet more than is allowed shows that the head is too long.
    this.#append(chunk.subarray(at, at + this.#limits.maxHeadBytes + 1 - before));
    const end = this.#search.endIn(this.#head, this.#headLength);
    if (end < 0 || end > this.#limits.maxHeadBytes) {
      if (this.#headLength > this.#limits.maxHeadBytes) this.#lose('the head is too long', undefined, units);
      return at + this.#headLength - before;
    }
    const head = this.#head.slice(0, end);
    this.#headLength = 0;
    this.#endHead(head, this.#search.bodyLength(head, end), units);
    return at + end - before;
  }

  #endHead(head: Uint8Array, bodyLength: number | string, units: FramedUnit[]): void {
    if (typeof bodyLength === 'string') this.#lose(bodyLength, head, units);
    else if (bodyLength > this.#limits.maxBodyBytes) {
      units.push({ kind: 'oversize', head });
      this.#toSkip = bodyLength;
    } else if (bodyLength === 0) units.push({ kind: 'message', bytes: head });
    else {
      this.#message = new Uint8Array(head.length + bodyLength);
      this.#message.set(head);
      this.#filled = head.length;
    }
  }

  #lose(reason: string, head: Uint8Array | undefined, units: FramedUnit[]): void {
    this.#isLost = true;
    this.#head = nothing;
    units.push({ kind: 'lost', reason, head });
  }
}
