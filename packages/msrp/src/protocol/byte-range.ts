import { MalformedMessage } from '@restante/sip';

/** RFC 4975 section 7.1.1: `first-last/total`, counted from 1. Undefined: `*`, not known. */
export interface ByteRange {
  readonly first: number;
  /** `first - 1` for a chunk without octets. */
  readonly last: number | undefined;
  readonly total: number | undefined;
}

/** What a request without the header field means. */
export const wholeMessage: ByteRange = { first: 1, last: undefined, total: undefined };

const zero = 48;
const nine = 57;
const hyphen = 45;
const slash = 47;
const asterisk = 42;
const blank = 32;

/** Reads numbers and signs one after the other. */
class Cursor {
  #at: number;
  readonly #octets: Uint8Array;
  readonly #end: number;

  constructor(octets: Uint8Array, from: number, to: number) {
    this.#octets = octets;
    this.#at = from;
    this.#end = to;
    while (octets[this.#at] === blank && this.#at < to) this.#at += 1;
    while (octets[this.#end - 1] === blank && this.#end > this.#at) this.#end -= 1;
  }

  /** The number here; an asterisk is undefined. */
  number(): number | undefined {
    const from = this.#at;
    if (this.#takes(asterisk)) return undefined;
    let value = 0;
    for (; this.#at < this.#end; this.#at += 1) {
      const octet = this.#octets[this.#at] ?? 0;
      if (octet < zero || octet > nine) break;
      value = value * 10 + octet - zero;
    }
    if (this.#at === from || value > Number.MAX_SAFE_INTEGER)
      throw new MalformedMessage('Byte-Range: a number');
    return value;
  }

  sign(octet: number): void {
    if (!this.#takes(octet)) throw new MalformedMessage('Byte-Range: a sign');
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  #takes(octet: number): boolean {
    if (this.#at >= this.#end || this.#octets[this.#at] !== octet) return false;
    this.#at += 1;
    return true;
  }
}

/** Reads the value of a Byte-Range field from octets. Throws MalformedMessage. */
export function parseByteRange(octets: Uint8Array, from: number, to: number): ByteRange {
  const cursor = new Cursor(octets, from, to);
  const first = cursor.number();
  cursor.sign(hyphen);
  const last = cursor.number();
  cursor.sign(slash);
  const total = cursor.number();
  const isWrong = first === undefined || first < 1 || (last !== undefined && last < first - 1);
  if (isWrong || !cursor.isAtEnd || (total !== undefined && (last ?? first - 1) > total))
    throw new MalformedMessage('Byte-Range: no range');
  return { first, last, total };
}

export function serializeByteRange({ first, last, total }: ByteRange): string {
  return `${first}-${last ?? '*'}/${total ?? '*'}`;
}
