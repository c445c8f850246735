import { maxIdentifierLength } from './identifier.ts';
import type { ContinuationFlag } from './message.ts';
import { OctetSearch } from './octet-search.ts';
import { cr, lf, octetsOf } from './octets.ts';

const lineBreak = 2;
const hyphens = octetsOf('-------');
const flags: Readonly<Record<number, ContinuationFlag>> = { 35: '#', 36: '$', 43: '+' };

/** The flag that the octet is, or undefined. */
export function flagOf(octet: number): ContinuationFlag | undefined {
  return flags[octet];
}

/**
 * Finds the end-line of one transaction in a body that comes in pieces (RFC 4975 section 7.1), and hands the body on
 * in place.
 */
export class EndLineScanner {
  readonly #deliver: (body: Uint8Array) => void;
  /** CRLF, seven hyphens, the transaction identifier; behind it come the flag and CRLF. */
  readonly #search = new OctetSearch(octetsOf('\r\n-------'), maxIdentifierLength);
  /** Of the whole end-line. */
  #length = 0;
  /** How much of the end-line the octets before have; they are held back. */
  #matched = 0;
  /** How much of that was never there: a body may begin with its end-line. */
  #imagined = 0;
  #flag = 0;

  constructor(deliver: (body: Uint8Array) => void) {
    this.#deliver = deliver;
  }

  begin(transactionId: string): void {
    this.#search.set(transactionId);
    this.#length = this.#search.length + 1 + lineBreak;
    // Where the body is empty, some write its end-line right behind the empty line.
    this.#matched = lineBreak;
    this.#imagined = lineBreak;
  }

  /** After `scan` found the end. */
  get flag(): ContinuationFlag {
    return flagOf(this.#flag) ?? '$';
  }

  /** Where what follows the end-line begins, or -1 when it has not come yet. */
  scan(octets: Uint8Array, from: number): number {
    let at = from;
    if (this.#matched > 0) {
      at = this.#continue(octets, from);
      if (this.#matched === this.#length) return at;
      if (this.#matched > 0) return -1;
    }
    const start = this.#find(octets, at);
    if (start > at) this.#deliver(octets.subarray(at, start));
    return this.#matched === this.#length ? start + this.#length : -1;
  }

  /** An end-line that began before: is this its continuation? If not, what was held back is body. */
  #continue(octets: Uint8Array, from: number): number {
    let at = from;
    while (at < octets.length && this.#matched < this.#length && this.#fits(this.#matched, octets[at] ?? 0)) {
      this.#matched += 1;
      at += 1;
    }
    if (at < octets.length && this.#matched < this.#length) this.#giveBack();
    return at;
  }

  #giveBack(): void {
    if (this.#matched > this.#imagined) this.#deliverHeld();
    this.#matched = 0;
    this.#imagined = 0;
  }

  #deliverHeld(): void {
    const held = new Uint8Array(this.#matched);
    const { wanted, length } = this.#search;
    held.set(wanted.subarray(0, Math.min(this.#matched, length)));
    if (this.#matched > length) held[length] = this.#flag;
    if (this.#matched > length + 1) held[length + 1] = cr;
    this.#deliver(held.subarray(this.#imagined));
  }

  /** Where an end-line begins, whole or cut off by the end of the octets; their length where none does. */
  #find(octets: Uint8Array, from: number): number {
    this.#imagined = 0;
    let start = from;
    for (;;) {
      const found = this.#search.indexIn(octets, start);
      if (found < 0) break;
      if (this.#matchAt(octets, found)) return found;
      start = found + 1;
    }
    const { length } = octets;
    for (let at = Math.max(start, length - this.#search.length); at < length; at += 1)
      if (octets[at] === cr && this.#matchAt(octets, at)) return at;
    return length;
  }

  #matchAt(octets: Uint8Array, start: number): boolean {
    const seen = Math.min(octets.length - start, this.#length);
    for (let index = 0; index < seen; index += 1)
      if (!this.#fits(index, octets[start + index] ?? 0)) return false;
    this.#matched = seen;
    return true;
  }

  #fits(index: number, octet: number): boolean {
    const { wanted, length } = this.#search;
    if (index < length) return wanted[index] === octet;
    if (index > length) return octet === (index === length + 1 ? cr : lf);
    this.#flag = octet;
    return flagOf(octet) !== undefined;
  }
}

/** Tells a sender which bodies do not go with which identifiers: those that hold what looks like the end-line. */
export class EndLineGuard {
  readonly #search = new OctetSearch(hyphens, maxIdentifierLength);

  begin(transactionId: string): void {
    this.#search.set(transactionId);
  }

  isIn(octets: Uint8Array): boolean {
    return this.#search.indexIn(octets, 0) >= 0;
  }

  /** How many octets at the end of a piece may belong to one that goes on in the next. */
  get reach(): number {
    return this.#search.length - 1;
  }
}
