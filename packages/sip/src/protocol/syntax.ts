import { codesOf } from './codes.ts';
import { MalformedMessage, quoted } from './malformed-message.ts';
import { noParameters, ParameterBuilder, type Parameters } from './parameters.ts';
import { isSpace, isToken, isTokenCode, isValueEnd, lowerCase, quote } from './token.ts';

/**
 * Reads a header field value from left to right. One that was received is read in its place in the head, from the
 * octets: that takes a third of the time that a slice of the text would take, letter by letter. `field` names it in
 * the errors. White space is SP and HTAB.
 */
export class Cursor {
  readonly text: string;
  readonly field: string;
  at: number;
  /** Behind the value: nothing from here on is looked at. */
  readonly end: number;
  /** What `text` is made of: see `codesOf`. */
  readonly codes: Uint8Array;

  constructor(text: string, field: string, at = 0, end = text.length, codes = codesOf(text)) {
    this.text = text;
    this.field = field;
    this.at = at;
    this.end = end;
    this.codes = codes;
  }

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  /** The next code, or -1 at the end. */
  get code(): number {
    return this.at < this.end ? (this.codes[this.at] ?? 0) : -1;
  }

  /** What is left, cut and made fit for an error. */
  get ahead(): string {
    return quoted(this.text.slice(this.at, Math.min(this.end, this.at + 20)));
  }

  is(code: number): boolean {
    return this.code === code;
  }

  fail(fault: string): MalformedMessage {
    return new MalformedMessage(`${this.field}: ${fault}`);
  }

  skipSpace(): void {
    const { codes, end } = this;
    let { at } = this;
    while (at < end && isSpace(codes[at] ?? 0)) at += 1;
    this.at = at;
  }

  /** Takes the character, with white space on both sides, if it is the next one. */
  take(code: number): boolean {
    this.skipSpace();
    if (this.code !== code) return false;
    this.at += 1;
    this.skipSpace();
    return true;
  }

  token(what: string): string {
    const { text, codes, at, end } = this;
    let next = at;
    while (next < end && isTokenCode(codes[next] ?? 0)) next += 1;
    if (next === at) throw this.fail(`${what} expected at '${this.ahead}'`);
    this.at = next;
    return text.slice(at, next);
  }

  /** A token in lower case: the name of a parameter, a type. */
  name(what: string): string {
    return lowerCase(this.token(what));
  }

  /** Digits, as a number; undefined where there are none. Numbers above 2^53 lose precision, not size. */
  number(): number | undefined {
    const { codes, at, end } = this;
    let number = 0;
    let next = at;
    for (; next < end; next += 1) {
      const digit = (codes[next] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    this.at = next;
    return next === at ? undefined : number;
  }

  /** All that is left, as it is. */
  rest(): string {
    const { at } = this;
    this.at = this.end;
    return this.text.slice(at, this.end);
  }

  /** A quoted-string, its quotes removed and its escapes undone. The cursor stands at the opening quote. */
  quotedString(): string {
    const { text, end } = this;
    const start = this.at + 1;
    const quoteAt = text.indexOf('"', start);
    if (quoteAt < 0 || quoteAt >= end) throw this.fail('a quoted string does not end');
    const inner = text.slice(start, quoteAt);
    if (inner.includes('\\')) return this.#escapedString(start);
    this.at = quoteAt + 1;
    return inner;
  }

  #escapedString(start: number): string {
    const { text, codes, end } = this;
    for (let at = start; at < end; at += 1) {
      const code = codes[at];
      if (code === 0x5c) at += 1;
      else if (code === 0x22) {
        this.at = at + 1;
        return text.slice(start, at).replace(/\\([^])/g, '$1');
      }
    }
    throw this.fail('a quoted string does not end');
  }

  /**
   * The value of a parameter: a quoted-string, a token or a host. Also what stands there bare although it should be
   * quoted (feature tags with colons): all up to white space, semicolon, comma, quote or angle bracket.
   */
  parameterValue(name: string): string {
    if (this.is(0x22)) return this.quotedString();
    const { text, codes, at, end } = this;
    let next = this.is(0x3c) ? text.indexOf('>', at) + 1 : at;
    if (next < at || next > end) throw this.fail(`parameter ${quoted(name)}: '>' expected`);
    while (next < end && !isValueEnd(codes[next] ?? 0)) next += 1;
    if (next === at) throw this.fail(`parameter ${quoted(name)} has no value`);
    this.at = next;
    return text.slice(at, next);
  }

  /** Zero or more `;name[=value]`. The first of two parameters of one name counts. */
  parameters(): Parameters {
    if (!this.take(0x3b)) return noParameters;
    const parameters = new ParameterBuilder();
    do {
      const name = this.name('parameter name');
      parameters.add(name, this.take(0x3d) ? this.parameterValue(name) : true);
    } while (this.take(0x3b));
    return parameters.finish();
  }

  /** The end, or a comma before another value. */
  endOfValue(): void {
    this.skipSpace();
    if (!this.atEnd && this.code !== 0x2c) throw this.fail(`'${this.ahead}' not expected`);
  }

  /** The end of the field. */
  expectEnd(): void {
    this.skipSpace();
    if (!this.atEnd) throw this.fail(`'${this.ahead}' not expected`);
  }
}

/** The one value of a field, with nothing behind it. */
export function readOnly<T>(cursor: Cursor, read: (cursor: Cursor) => T): T {
  const value = read(cursor);
  cursor.expectEnd();
  return value;
}

/** The first value of a field that may hold several. */
export function readFirst<T>(cursor: Cursor, read: (cursor: Cursor) => T): T {
  cursor.skipSpace();
  const value = read(cursor);
  cursor.endOfValue();
  return value;
}

/** Every value of a field that may hold several, separated by commas, each read by `read`. */
export function readList<T>(text: string, field: string, read: (cursor: Cursor) => T): T[] {
  const values: T[] = [];
  readValues(new Cursor(text, field), read, values);
  return values;
}

/** As `readList`, from the cursor to its end, into `values`. */
export function readValues<T>(cursor: Cursor, read: (cursor: Cursor) => T, values: T[]): void {
  do {
    cursor.skipSpace();
    values.push(read(cursor));
    cursor.endOfValue();
  } while (cursor.take(0x2c));
}

// RFC 3840 section 9: the value of a feature parameter is always quoted, also where it is a token.
const featureTags = new Set(
  (
    'audio automata class duplex data control mobility description events priority methods schemes application ' +
    'video language type isfocus actor text extensions'
  ).split(' '),
);

/** Is this parameter of a Contact a feature tag (RFC 3840 section 9)? */
export function isFeatureTag(name: string): boolean {
  return name.startsWith('+') || featureTags.has(name);
}

/** `;name=value…`: a value is quoted where it has to be. */
export function serializeParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    if (value === true) text += `;${name}`;
    else text += `;${name}=${isToken(value) && !isFeatureTag(name) ? value : quote(value)}`;
  }
  return text;
}
