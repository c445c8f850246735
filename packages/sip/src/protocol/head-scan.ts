import { type HeadScan, rowStride } from './header-block.ts';
import { nameNumberAt, unknownName } from './header-names.ts';
import { quoted } from './malformed-message.ts';
import { isTokenCode } from './token.ts';

/** How large a head may be before it is refused: what has to be scanned is bounded by these. */
export interface ParserLimits {
  /** Octets from the first one to the empty line. */
  readonly maxHeadBytes: number;
  readonly maxHeaderFields: number;
}

/** No datagram is larger; RFC 4475 section 3.1.1.7 alone has over thirty rows. */
export const defaultParserLimits: ParserLimits = { maxHeadBytes: 65_535, maxHeaderFields: 500 };

const cr = 13;
const lf = 10;
const tab = 9;
const space = 0x20;
const colon = 0x3a;
const backslash = 0x5c;

/** A position that stays one of nothing when a little is added. */
const noLine = -8;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Finds where the rows of a head are, their names and values. A plain head (ASCII, each line ended by CRLF, no NUL,
 * no fault) takes the short way; what is anything else is looked at octet by octet.
 */
export function scanHead(bytes: Uint8Array, limits: ParserLimits): HeadScan {
  return scanPlain(bytes, limits, true) ?? new Scanner(bytes, limits).scan();
}

/** Where rows are collected: growing an array for each message would cost more than one copy. */
const scratch: number[] = [];

/** One look at each octet, and no string before the end is known; undefined where anything is not plain. */
function scanPlain(bytes: Uint8Array, limits: ParserLimits, hasStartLine: boolean): HeadScan | undefined {
  const limit = Math.min(bytes.length, limits.maxHeadBytes);
  const lineEnd = hasStartLine ? endOfLine(bytes, 0, limit) : 0;
  if (hasStartLine && lineEnd <= 0) return undefined;
  let used = 0;
  let isFolded = false;
  let at = hasStartLine ? lineEnd + 2 : 0;
  while (bytes[at] !== cr) {
    const start = at;
    while (bytes[at] !== colon && (bytes[at] ?? 0) > cr) at += 1;
    const colonAt = at;
    const number = bytes[at] === colon ? nameNumberIn(bytes, start, at) : -1;
    if (number < 0) return undefined;
    at = endOfLine(bytes, at, limit) + 2;
    for (; bytes[at] === space || bytes[at] === tab; at = endOfLine(bytes, at, limit) + 2) isFolded = true;
    if (at < 2) return undefined;
    scratch[used] = number;
    scratch[used + 1] = start;
    scratch[used + 2] = colonAt;
    scratch[used + 3] = at;
    used += rowStride;
  }
  const count = used / rowStride;
  if (bytes[at + 1] !== lf || at + 2 > limit || count > limits.maxHeaderFields) return undefined;
  const text = decoder.decode(bytes.subarray(0, at));
  // As many units as octets and no replacement character: no octet is beyond ASCII.
  if (text.length !== at || text.includes('\ufffd')) return undefined;
  const rows = scratch.slice(0, used);
  return { start: 0, lineEnd, rows, count, isFolded, rowsEnd: at, bodyStart: at + 2, text, fault: undefined };
}

/** The position of the CRLF; far below 0 where something else comes first that cannot stand in a line, or the limit. */
function endOfLine(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  for (;;) {
    while ((bytes[at] ?? 0) > cr) at += 1;
    if (bytes[at] !== tab) return bytes[at] === cr && bytes[at + 1] === lf && at < limit ? at : noLine;
    at += 1;
  }
}

/** The number of the name, without white space at its end; -1 where it is no name. */
function nameNumberIn(bytes: Uint8Array, start: number, end: number): number {
  const number = nameNumberAt(bytes, start, end);
  if (number !== unknownName) return number;
  let nameEnd = end;
  while (bytes[nameEnd - 1] === space || bytes[nameEnd - 1] === tab) nameEnd -= 1;
  return isTokenAt(bytes, start, nameEnd) ? nameNumberAt(bytes, start, nameEnd) : -1;
}

function isTokenAt(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isTokenCode(bytes[at] ?? 0)) return false;
  return end > start;
}

/** As `scanHead` for header fields without a start line; the empty line may be missing where nothing follows. */
export function scanFields(bytes: Uint8Array, limits: ParserLimits): HeadScan {
  return scanPlain(bytes, limits, false) ?? new Scanner(bytes, limits).scanRows(0, 0);
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #limits: ParserLimits;
  readonly #end: number;
  #fault: string | undefined;
  /** All octets so far, OR-ed: bit 0x80 says that some are not ASCII. */
  #seen = 0;
  #isFolded = false;

  constructor(bytes: Uint8Array, limits: ParserLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#end = Math.min(bytes.length, limits.maxHeadBytes);
  }

  scan(): HeadScan {
    const bytes = this.#bytes;
    let start = 0;
    while (bytes[start] === cr || bytes[start] === lf) start += 1;
    const at = this.#lineEnd(start);
    const scan = this.scanRows(at + 1, start);
    const complete = scan.bodyStart > scan.rowsEnd;
    if (!complete)
      this.#fault =
        this.#end < bytes.length ? 'the head is too long' : 'no empty line below the header fields';
    return { ...scan, start, lineEnd: this.#trimmed(start, at), fault: this.#fault };
  }

  scanRows(from: number, start: number): HeadScan {
    const bytes = this.#bytes;
    const rows: number[] = [];
    let at = from;
    while (at < this.#end) {
      const first = bytes[at];
      if (first === lf || (first === cr && bytes[at + 1] === lf)) break;
      at = this.#row(at, rows) + 1;
    }
    const rowsEnd = Math.min(at, this.#end);
    const bodyStart = at < this.#end ? at + (bytes[at] === cr ? 2 : 1) : rowsEnd;
    return {
      start,
      lineEnd: start,
      rows,
      count: rows.length / rowStride,
      isFolded: this.#isFolded,
      rowsEnd,
      bodyStart,
      text: this.#seen < 0x80 ? decoder.decode(bytes.subarray(0, rowsEnd)) : undefined,
      fault: this.#fault,
    };
  }

  /** The position of the LF that ends the line, or the end. Notes what cannot stand in a line, and octets beyond ASCII. */
  #lineEnd(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let seen = this.#seen;
    let at = from;
    for (; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      seen |= byte;
      if (byte > cr) continue;
      if (byte === lf) break;
      if (byte === cr && bytes[at + 1] !== lf) this.#fault ??= 'a CR without LF';
      // RFC 3261 section 25.1: in a quoted-pair a NUL may stand.
      if (byte === 0 && bytes[at - 1] !== backslash) this.#fault ??= 'a NUL in the head';
    }
    this.#seen = seen;
    return at;
  }

  #trimmed(start: number, lineFeed: number): number {
    return lineFeed > start && this.#bytes[lineFeed - 1] === cr ? lineFeed - 1 : lineFeed;
  }

  /** Takes the row at `start` with its folds; returns the position of its last LF. */
  #row(start: number, rows: number[]): number {
    const bytes = this.#bytes;
    let at = start;
    while (isTokenCode(bytes[at] ?? 0)) at += 1;
    const nameEnd = at;
    while (bytes[at] === space || bytes[at] === tab) at += 1;
    const sound = nameEnd > start && bytes[at] === colon;
    const colonAt = at;
    at = this.#lineEnd(at);
    while (bytes[at + 1] === space || bytes[at + 1] === tab) {
      this.#isFolded = true;
      at = this.#lineEnd(at + 1);
    }
    if (!sound) this.#fault ??= `no header field: '${this.#shown(start, at)}'`;
    else if (rows.length >= this.#limits.maxHeaderFields * rowStride)
      this.#fault ??= 'too many header fields';
    else rows.push(nameNumberAt(bytes, start, nameEnd), start, colonAt, at + 1);
    return at;
  }

  #shown(start: number, end: number): string {
    return quoted(String.fromCharCode(...this.#bytes.subarray(start, Math.min(end, start + 30))).trim());
  }
}
