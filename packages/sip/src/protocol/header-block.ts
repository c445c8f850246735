import { unknownName } from './header-names.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** How many numbers `HeaderBlock.rows` holds for one row: name number, start, colon, end. */
export const rowStride = 4;

/** The header fields of a message as they came: the bytes, where each row is, and the decoded values so far. */
export class HeaderBlock {
  readonly bytes: Uint8Array;
  /** The whole head as text where it is ASCII, so that positions in it and in `bytes` are the same. */
  readonly text: string | undefined;
  /** For each row: the number of its name, the positions of its first byte, of its colon, and behind its last LF. */
  readonly rows: readonly number[];
  readonly #values: (string | undefined)[] = [];

  constructor(bytes: Uint8Array, text: string | undefined, rows: readonly number[]) {
    this.bytes = bytes;
    this.text = text;
    this.rows = rows;
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
    return (this.#values[row] ??= this.#readValue(row));
  }

  /** The first row from `from` on with this name, or -1. `number` is the name's. */
  find(number: number, name: string, from: number): number {
    const { rows } = this;
    for (let at = from * rowStride; at < rows.length; at += rowStride)
      if (rows[at] === number && this.isNamed(at / rowStride, number, name)) return at / rowStride;
    return -1;
  }

  isNamed(row: number, number: number, name: string): boolean {
    return this.number(row) === number && (number !== unknownName || sameName(this.name(row), name));
  }

  #readValue(row: number): string {
    const { bytes } = this;
    let start = (this.rows[row * rowStride + 2] ?? 0) + 1;
    let end = this.rowEnd(row);
    while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
    while (start < end && (bytes[start] ?? 0) <= 0x20) start += 1;
    const value = this.#slice(start, end);
    return value.includes('\n') ? unfolded(value) : value;
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
