import { rowStride } from './header-fields.ts';
import { nameNumberAt } from './header-names.ts';
import { quoted } from './malformed-message.ts';
import { isTokenCode } from './syntax.ts';

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

/** What one pass over a head found. */
export interface HeadScan {
  /** The first octet of the start line. */
  readonly start: number;
  /** The end of the start line, without its line break. */
  readonly lineEnd: number;
  /** `rowStride` numbers for each sound row: see HeaderBlock. */
  readonly rows: number[];
  readonly count: number;
  /** The end of the last row, with its line break. */
  readonly rowsEnd: number;
  readonly bodyStart: number;
  readonly ascii: boolean;
  /** The first fault. The rows are those that are sound. */
  readonly fault: string | undefined;
}

/** One pass over the octets of a head; it finds where the rows, names and values are and makes no strings. */
export function scanHead(bytes: Uint8Array, limits: ParserLimits): HeadScan {
  return new Scanner(bytes, limits).scan();
}

/** As `scanHead` for header fields without a start line; the empty line may be missing where nothing follows. */
export function scanFields(bytes: Uint8Array, limits: ParserLimits): HeadScan {
  return new Scanner(bytes, limits).scanRows(0, 0);
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #limits: ParserLimits;
  readonly #end: number;
  #fault: string | undefined;
  /** All octets so far, OR-ed: bit 0x80 says that some are not ASCII. */
  #seen = 0;

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
    if (!complete && this.#fault === undefined)
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
      rowsEnd,
      bodyStart,
      ascii: this.#seen < 0x80,
      fault: this.#fault,
    };
  }

  /** The position of the LF that ends the line, or the end. Notes control characters and octets beyond ASCII. */
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
      if (byte === cr ? bytes[at + 1] !== lf : byte !== tab && bytes[at - 1] !== backslash)
        this.#fault ??= byte === cr ? 'a CR without LF' : 'a control character in the head';
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
    while (bytes[at + 1] === space || bytes[at + 1] === tab) at = this.#lineEnd(at + 1);
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
