import { nameNumber, nameNumberAt } from './header-names.ts';

const cr = 13;
const lf = 10;
const colon = 0x3a;
const contentLengthNumber = nameNumber('Content-Length');

/** Looks for the empty line below a head that may still grow; every octet is looked at once. */
export class HeadSearch {
  #scanned = 0;
  #lineStart = 0;
  /** Where the values of Content-Length begin. */
  #lengths: number[] = [];

  restart(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#lengths = [];
  }

  /** The position behind the empty line, or -1. `bytes` are those of the last call and more. */
  endIn(bytes: Uint8Array, length: number): number {
    let lineStart = this.#lineStart;
    for (let at = this.#scanned; at < length; at += 1) {
      if (bytes[at] !== lf) continue;
      if (at === lineStart || (at === lineStart + 1 && bytes[lineStart] === cr)) return at + 1;
      this.#noteLength(bytes, lineStart, at);
      lineStart = at + 1;
    }
    this.#scanned = length;
    this.#lineStart = lineStart;
    return -1;
  }

  #noteLength(bytes: Uint8Array, start: number, end: number): void {
    const initial = (bytes[start] ?? 0) | 0x20;
    if (initial !== 0x63 && initial !== 0x6c) return;
    const at = bytes.subarray(start, end).indexOf(colon);
    if (at < 0) return;
    let nameEnd = start + at;
    while (isSpace(bytes[nameEnd - 1])) nameEnd -= 1;
    if (nameNumberAt(bytes, start, nameEnd) === contentLengthNumber) this.#lengths.push(start + at + 1);
  }

  /** What Content-Length says, or what is wrong with it. */
  bodyLength(head: Uint8Array, end: number): number | string {
    let length: number | undefined;
    for (const start of this.#lengths) {
      const value = numberAt(head, start, end);
      if (value === undefined) return 'Content-Length: not a number';
      if (length !== undefined && value !== length) return 'Content-Length: two values that differ';
      length = value;
    }
    if (length !== undefined && !Number.isSafeInteger(length)) return 'Content-Length: far too much';
    return length ?? 0;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** Digits with white space around them, also that of folds. */
function numberAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = afterSpace(bytes, start);
  const first = at;
  let number = 0;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  const digits = at - first;
  at = afterSpace(bytes, at);
  return digits > 0 && (bytes[at] === cr || bytes[at] === lf) ? number : undefined;
}

/** Behind white space and folds: at a character, or at the end of the row. */
function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    while (isSpace(bytes[at])) at += 1;
    const lineFeed = bytes[at] === cr ? at + 1 : at;
    if (bytes[lineFeed] !== lf || !isSpace(bytes[lineFeed + 1])) return at;
    at = lineFeed + 1;
  }
}
