import { MalformedMessage, quoted } from './malformed-message.ts';
import { noParameters, type Parameters } from './parameters.ts';
import { isToken, isTokenCode, isValueEnd, quote } from './token.ts';

/** Reads a header field value from left to right. `field` names it in the errors. White space is SP and HTAB. */
export class Cursor {
  readonly text: string;
  readonly field: string;
  at: number;

  constructor(text: string, field: string, at = 0) {
    this.text = text;
    this.field = field;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next UTF-16 unit, or -1 at the end. */
  get code(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  is(code: number): boolean {
    return this.code === code;
  }

  fail(fault: string): MalformedMessage {
    return new MalformedMessage(`${this.field}: ${fault}`);
  }

  skipSpace(): void {
    const { text } = this;
    for (; this.at < text.length; this.at += 1) {
      const code = text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x09) return;
    }
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
    const { text, at } = this;
    let end = at;
    while (end < text.length && isTokenCode(text.charCodeAt(end))) end += 1;
    if (end === at) throw this.fail(`${what} expected at '${quoted(text.slice(at, at + 20))}'`);
    this.at = end;
    return text.slice(at, end);
  }

  /** A quoted-string, its quotes removed and its escapes undone. The cursor stands at the opening quote. */
  quotedString(): string {
    const { text } = this;
    const start = this.at + 1;
    let escaped = false;
    for (let i = start; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code === 0x5c) {
        escaped = true;
        i += 1;
      } else if (code === 0x22) {
        this.at = i + 1;
        const inner = text.slice(start, i);
        return escaped ? inner.replace(/\\([^])/g, '$1') : inner;
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
    const { text, at } = this;
    let end = this.is(0x3c) ? text.indexOf('>', at) + 1 : at;
    if (end < at) throw this.fail(`parameter ${quoted(name)}: '>' expected`);
    for (; end < text.length; end += 1) {
      if (isValueEnd(text.charCodeAt(end))) break;
    }
    if (end === at) throw this.fail(`parameter ${quoted(name)} has no value`);
    this.at = end;
    return text.slice(at, end);
  }

  /** Zero or more `;name[=value]`. The first of two parameters of one name counts. */
  parameters(): Parameters {
    if (!this.take(0x3b)) return noParameters;
    const parameters = new Map<string, string | true>();
    do {
      const name = this.token('parameter name').toLowerCase();
      const value = this.take(0x3d) ? this.parameterValue(name) : true;
      if (!parameters.has(name)) parameters.set(name, value);
    } while (this.take(0x3b));
    return parameters;
  }

  /** The end, or a comma before another value. */
  endOfValue(): void {
    this.skipSpace();
    if (!this.atEnd && this.code !== 0x2c)
      throw this.fail(`'${quoted(this.text.slice(this.at, this.at + 20))}' not expected`);
  }

  /** The end of the field. */
  end(): void {
    this.skipSpace();
    if (!this.atEnd) throw this.fail(`'${quoted(this.text.slice(this.at, this.at + 20))}' not expected`);
  }
}

/** Every value of a field that may hold several, separated by commas, each read by `read`. */
export function readList<T>(text: string, field: string, read: (cursor: Cursor) => T): T[] {
  const cursor = new Cursor(text, field);
  const values: T[] = [];
  do {
    cursor.skipSpace();
    values.push(read(cursor));
    cursor.endOfValue();
  } while (cursor.take(0x2c));
  return values;
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
