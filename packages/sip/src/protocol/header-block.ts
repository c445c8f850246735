import { nameBit, unknownName } from './header-names.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** How many numbers `HeaderBlock.rows` holds for one row: name number, start, colon, end. */
export const rowStride = 4;

/** Which names are there and which are there more than once: a bit for each, as `nameBit` says. */
export interface Presence {
  readonly present: number;
  readonly repeated: number;
}

/** A value as a part of a text. */
export interface ValuePlace {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** One octet for each UTF-16 unit of `text`, where there are such. */
  readonly codes: Uint8Array | undefined;
}

/** A value that is a text of its own. */
export function placeOf(value: string): ValuePlace {
  return { text: value, start: 0, end: value.length, codes: undefined };
}

/** What one pass over a head found. */
export interface HeadScan {
  /** The first octet of the start line. */
  readonly start: number;
  /** The end of the start line, without its line break. */
  readonly lineEnd: number;
  /** `rowStride` numbers for each sound row: see HeaderBlock. */
  readonly rows: number[];
  readonly count: number;
  /** Does a row go on in a second line? */
  readonly isFolded: boolean;
  /** The end of the last row, with its line break. */
  readonly rowsEnd: number;
  readonly bodyStart: number;
  /** The head up to `rowsEnd` where it is ASCII: positions in it and in the octets are the same. */
  readonly text: string | undefined;
  /** The first fault. The rows are those that are sound. */
  readonly fault: string | undefined;
}

/** The header fields of a message as they came: the bytes, where each row is, and what they are as text. */
export class HeaderBlock {
  readonly bytes: Uint8Array;
  /** The whole head as text where it is ASCII, so that positions in it and in `bytes` are the same. */
  readonly text: string | undefined;
  /** For each row: the number of its name, the positions of its first byte, of its colon, and behind its last LF. */
  readonly rows: readonly number[];
  /** Does a row go on in a second line? */
  readonly isFolded: boolean;

  constructor(bytes: Uint8Array, { text, rows, isFolded }: Pick<HeadScan, 'text' | 'rows' | 'isFolded'>) {
    this.bytes = bytes;
    this.text = text;
    this.rows = rows;
    this.isFolded = isFolded;
  }

  get length(): number {
    return this.rows.length / rowStride;
  }

  number(row: number): number {
    return this.rows[row * rowStride] ?? unknownName;
  }

  start(row: number): number {
    return this.rows[row * rowStride + 1] ?? 0;
  }

  /** Behind the LF of the row's last line. */
  rowEnd(row: number): number {
    return this.rows[row * rowStride + 3] ?? 0;
  }

  name(row: number): string {
    return this.#slice(this.start(row), this.rows[row * rowStride + 2] ?? 0).trimEnd();
  }

  /** Without the white space around it; a folded value on one line (RFC 3261 section 7.3.1). */
  value(row: number): string {
    const value = this.#slice(this.#valueStart(row), this.#valueEnd(row));
    return this.isFolded && value.includes('\n') ? unfolded(value) : value;
  }

  /** In the head, where the value stands there as it is meant. */
  place(row: number): ValuePlace {
    const { text } = this;
    if (text === undefined || this.isFolded) return placeOf(this.value(row));
    return { text, start: this.#valueStart(row), end: this.#valueEnd(row), codes: this.bytes };
  }

  /** The first row from `from` on with this name, or -1. `number` is the name's. */
  find(number: number, name: string, from: number): number {
    const { rows } = this;
    for (let at = from * rowStride; at < rows.length; at += rowStride)
      if (rows[at] === number && this.isNamed(at / rowStride, number, name)) return at / rowStride;
    return -1;
  }

  /** Of the names of all rows. */
  get presence(): Presence {
    const { rows } = this;
    let present = 0;
    let repeated = 0;
    for (let at = 0; at < rows.length; at += rowStride) {
      const bit = nameBit(rows[at] ?? unknownName);
      repeated |= present & bit;
      present |= bit;
    }
    return { present, repeated };
  }

  isNamed(row: number, number: number, name: string): boolean {
    return this.number(row) === number && (number !== unknownName || sameName(this.name(row), name));
  }

  #valueStart(row: number): number {
    const { bytes } = this;
    const end = this.rowEnd(row);
    let start = (this.rows[row * rowStride + 2] ?? 0) + 1;
    while (start < end && (bytes[start] ?? 0) <= 0x20) start += 1;
    return start;
  }

  /** Never before `#valueStart`: what stands there is no white space, or the row is at its end. */
  #valueEnd(row: number): number {
    const { bytes } = this;
    const colon = this.rows[row * rowStride + 2] ?? 0;
    let end = this.rowEnd(row);
    while (end > colon + 1 && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
    return end;
  }

  #slice(start: number, end: number): string {
    return this.text?.slice(start, end) ?? decoder.decode(this.bytes.subarray(start, end));
  }
}

/** Are these the same header field name? */
export function sameName(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

// RFC 3261 section 7.3.1: a line break with the white space around it is one space.
function unfolded(value: string): string {
  return value
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}
