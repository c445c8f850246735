import { type HeaderBlock, type Presence, type ValuePlace, placeOf, sameName } from './header-block.ts';
import { type KnownName, nameBit, nameEntry, nameNumber, rowPrefix, unknownName } from './header-names.ts';
import type { MediaType, NameAddress, SequenceNumber, Via } from './header-values.ts';
import { isToken } from './token.ts';

/** Typed values of the fields that every layer reads again. */
interface Remembered {
  via: Via | undefined;
  from: NameAddress | undefined;
  to: NameAddress | undefined;
  callId: string | undefined;
  cseq: SequenceNumber | undefined;
  contentType: MediaType | undefined;
}

const nothingRemembered: Readonly<Remembered> = {
  via: undefined,
  from: undefined,
  to: undefined,
  callId: undefined,
  cseq: undefined,
  contentType: undefined,
};

/** What is remembered of each name, by its number. */
const rememberedAs: ReadonlyMap<number, keyof Remembered> = new Map([
  [nameNumber('Via'), 'via'],
  [nameNumber('From'), 'from'],
  [nameNumber('To'), 'to'],
  [nameNumber('Call-ID'), 'callId'],
  [nameNumber('CSeq'), 'cseq'],
  [nameNumber('Content-Type'), 'contentType'],
]);

/** A row that was set by code. */
export interface SetRow {
  readonly number: number;
  readonly name: string;
  /** What stands before the value on the wire: the end of the line above, the name and the colon. */
  readonly prefix: string;
  readonly value: string;
}

/** A row: a place in the block that was received, or a name and a value set by code. */
export type Row = number | SetRow;

// RFC 3261 section 25.1: of these only a quoted-pair may hold NUL, and nothing may hold CR or LF.
function holdsLineBreak(value: string): boolean {
  return value.includes('\n') || value.includes('\r') || (value.includes('\0') && /(?<!\\)\0/.test(value));
}

function setRow(name: string, value: string): SetRow {
  const { number, prefix } = nameEntry(name) ?? unknownEntry(name);
  if (holdsLineBreak(value)) throw new TypeError(`${name}: a header field value cannot hold CR, LF or NUL.`);
  return { number, name, prefix, value };
}

function unknownEntry(name: string): { readonly number: number; readonly prefix: string } {
  if (!isToken(name)) throw new TypeError('A header field name has to be a token.');
  return { number: nameNumber(name), prefix: rowPrefix(name) };
}

/**
 * The header fields of a message: immutable, in order, decoded when first read. Names compare without regard to
 * case, and a compact form is the same name as the long one (RFC 3261 section 7.3.3).
 *
 * A value that was received can be a slice of the message's whole head and keeps that in memory: what is to
 * outlive its message (a Call-ID, a tag, a branch used as a key) goes through `detach` first.
 * Setting a value that holds CR, LF or an unescaped NUL throws a TypeError, so no value can inject a header field.
 */
export class HeaderFields implements Iterable<readonly [name: string, value: string]> {
  static readonly empty: HeaderFields = new this(undefined, []);

  /** What was received, if anything; the serializer copies the rows of it that were not touched. */
  readonly block: HeaderBlock | undefined;
  readonly #rows: readonly Row[] | undefined;
  #remembered: Remembered | undefined;

  private constructor(block: HeaderBlock | undefined, rows: readonly Row[] | undefined) {
    this.block = block;
    this.#rows = rows;
  }

  /** Throws a TypeError where a name is no token or a value holds CR, LF or NUL. */
  static of(entries: Iterable<readonly [name: string, value: string]>): HeaderFields {
    return HeaderFields.empty.concat(entries);
  }

  /** What the parser found; for the parser. */
  static received(block: HeaderBlock): HeaderFields {
    return new HeaderFields(block, undefined);
  }

  /** The rows in order: a number is a row of `block`. Undefined: all of the block, untouched. */
  get edited(): readonly Row[] | undefined {
    return this.#rows;
  }

  /** The first row's value, unfolded and without white space around it. */
  get(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  /** Every row's value, in order, not split at commas. */
  all(name: string): readonly string[] {
    const values: string[] = [];
    for (let at = this.#find(name); at >= 0; at = this.#find(name, at + 1)) values.push(this.#valueAt(at));
    return values;
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  /** Every row of that name replaced by one, in the place of the first; at the end where there was none. */
  with(name: string, value: string): HeaderFields {
    const row = setRow(name, value);
    const first = this.#find(name);
    if (first < 0) return this.#changed(row.number, this.#withInserted(row, this.#length));
    const rows: Row[] = [];
    this.#rowList().forEach((other, at) => {
      if (at === first) rows.push(row);
      else if (at < first || !this.#isNamed(other, row.number, name)) rows.push(other);
    });
    return this.#changed(row.number, rows);
  }

  without(name: string): HeaderFields {
    if (!this.has(name)) return this;
    const number = nameNumber(name);
    const rows = this.#rowList().filter((row) => !this.#isNamed(row, number, name));
    return this.#changed(number, rows);
  }

  /** A new row above the first of that name, at the top where there is none. */
  prepend(name: string, value: string): HeaderFields {
    const row = setRow(name, value);
    return this.#changed(row.number, this.#withInserted(row, Math.max(0, this.#find(name))));
  }

  /** A new row below the last of that name, at the end where there is none. */
  append(name: string, value: string): HeaderFields {
    let last = -1;
    for (let at = this.#find(name); at >= 0; at = this.#find(name, at + 1)) last = at;
    const row = setRow(name, value);
    return this.#changed(row.number, this.#withInserted(row, last < 0 ? this.#length : last + 1));
  }

  /** Further rows at the end, in their order. */
  concat(entries: Iterable<readonly [name: string, value: string]>): HeaderFields {
    const rows = [...this.#rowList()];
    for (const [name, value] of entries) rows.push(setRow(name, value));
    return new HeaderFields(this.block, rows);
  }

  /** The rows of these names only, in the order of the names, as they were received. */
  pick(...names: readonly string[]): HeaderFields {
    const rows: Row[] = [];
    for (const name of names) {
      for (let at = this.#find(name); at >= 0; at = this.#find(name, at + 1)) rows.push(this.#rowAt(at));
    }
    return new HeaderFields(this.block, rows);
  }

  /** Values that were read from these fields before: the typed readers keep them here. */
  get remembered(): Remembered {
    return (this.#remembered ??= { ...nothingRemembered });
  }

  /** The first row from `from` on with this name, or -1. */
  find({ number, name }: KnownName, from = 0): number {
    return this.#findFrom(number, name, from);
  }

  /** Where the value of a row is to be read. */
  place(at: number): ValuePlace {
    const row = this.#rowAt(at);
    return (typeof row === 'number' ? this.block?.place(row) : undefined) ?? placeOf(this.#valueAt(at));
  }

  /** Which names are there and which are there more than once, as `nameBit` says. */
  get presence(): Presence {
    if (this.#rows === undefined && this.block !== undefined) return this.block.presence;
    let presence: Presence = { present: 0, repeated: 0 };
    for (let at = 0; at < this.#length; at += 1) {
      const bit = nameBit(this.#numberAt(at));
      presence = { present: presence.present | bit, repeated: presence.repeated | (presence.present & bit) };
    }
    return presence;
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (let at = 0; at < this.#length; at += 1) {
      yield [this.#nameAt(at), this.#valueAt(at)];
    }
  }

  get #length(): number {
    return this.#rows?.length ?? this.block?.length ?? 0;
  }

  #rowAt(at: number): Row {
    return this.#rows?.[at] ?? at;
  }

  #rowList(): readonly Row[] {
    return this.#rows ?? Array.from({ length: this.#length }, (_, at) => at);
  }

  #numberAt(at: number): number {
    const row = this.#rowAt(at);
    return typeof row === 'number' ? (this.block?.number(row) ?? unknownName) : row.number;
  }

  #nameAt(at: number): string {
    const row = this.#rowAt(at);
    return typeof row === 'number' ? (this.block?.name(row) ?? '') : row.name;
  }

  #valueAt(at: number): string {
    const row = this.#rowAt(at);
    return typeof row === 'number' ? (this.block?.value(row) ?? '') : row.value;
  }

  #find(name: string, from = 0): number {
    return this.#findFrom(nameNumber(name), name, from);
  }

  #findFrom(number: number, name: string, from: number): number {
    const rows = this.#rows;
    if (rows === undefined) return this.block?.find(number, name, from) ?? -1;
    for (let at = from; at < rows.length; at += 1) {
      const row = rows[at];
      if (row !== undefined && this.#isNamed(row, number, name)) return at;
    }
    return -1;
  }

  #isNamed(row: Row, number: number, name: string): boolean {
    if (typeof row === 'number') return this.block?.isNamed(row, number, name) ?? false;
    return row.number === number && (number !== unknownName || sameName(row.name, name));
  }

  /** Other rows, which differ in the name of that number only: what was read of the others stays known. */
  #changed(number: number, rows: readonly Row[]): HeaderFields {
    const changed = new HeaderFields(this.block, rows);
    if (this.#remembered === undefined) return changed;
    changed.#remembered = { ...this.#remembered };
    const forgotten = rememberedAs.get(number);
    if (forgotten !== undefined) changed.#remembered[forgotten] = undefined;
    return changed;
  }

  #withInserted(row: SetRow, at: number): readonly Row[] {
    const rows = [...this.#rowList()];
    rows.splice(at, 0, row);
    return rows;
  }
}
