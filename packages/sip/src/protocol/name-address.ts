import type { NameAddress } from './header-values.ts';
import { noParameters, type Parameters } from './parameters.ts';
import { Cursor, readList, readOnly, serializeParameters } from './syntax.ts';
import { isToken, quote } from './token.ts';

export type { NameAddress } from './header-values.ts';

const quoteCode = 0x22;
const leftAngle = 0x3c;
const rightAngle = 0x3e;

/** Reads one name-addr or addr-spec and its parameters. */
export function readNameAddress(cursor: Cursor): NameAddress {
  cursor.skipSpace();
  const { code } = cursor;
  if (code === leftAngle) return bracketed(cursor, undefined);
  if (code === quoteCode) {
    const displayName = cursor.quotedString();
    cursor.skipSpace();
    if (!cursor.is(leftAngle)) throw cursor.fail('no address after the display name');
    return bracketed(cursor, displayName);
  }
  return bareAddressOrTokens(cursor);
}

function bracketed(cursor: Cursor, displayName: string | undefined): NameAddress {
  const { text } = cursor;
  const start = cursor.at + 1;
  const end = endOfAddress(cursor, start);
  if (end === start) throw cursor.fail('empty address');
  const uri = text.slice(start, end);
  cursor.at = end + 1;
  const parameters = cursor.parameters();
  return displayName === undefined ? { uri, parameters } : { displayName, uri, parameters };
}

/** The position of the '>'. RFC 4475 section 3.1.2.14: no white space inside the angle brackets. */
function endOfAddress(cursor: Cursor, start: number): number {
  const { codes, end } = cursor;
  for (let at = start; at < end; at += 1) {
    const code = codes[at] ?? 0;
    if (code === rightAngle) return at;
    if (code <= 0x20 || code === leftAngle || code === quoteCode)
      throw cursor.fail('white space or bracket in the address');
  }
  throw cursor.fail("'>' expected");
}

// Up to white space, semicolon, comma or '<' it is an address if nothing but parameters follows, else a display name.
function bareAddressOrTokens(cursor: Cursor): NameAddress {
  const { text, codes, at, end } = cursor;
  let next = at;
  for (; next < end; next += 1) {
    const code = codes[next] ?? 0;
    if (code <= 0x20 || code === 0x3b || code === 0x2c || code === leftAngle) break;
  }
  const first = text.slice(at, next);
  cursor.at = next;
  cursor.skipSpace();
  if (cursor.code === leftAngle || isTokenStart(cursor)) return namedByTokens(cursor, at);
  if (!first.includes(':')) throw cursor.fail('no address');
  // RFC 3261 section 20: an address with a question mark, comma or semicolon has to stand in angle brackets.
  if (first.includes('?')) throw cursor.fail("an address with '?' has to stand in '<>'");
  return { uri: first, parameters: cursor.parameters() };
}

function isTokenStart(cursor: Cursor): boolean {
  const { code } = cursor;
  return code > 0x20 && code !== 0x3b && code !== 0x2c;
}

function namedByTokens(cursor: Cursor, start: number): NameAddress {
  const value = cursor.text.slice(start, cursor.end);
  const angle = value.indexOf('<');
  const displayName = value.slice(0, angle < 0 ? undefined : angle).trim();
  if (angle < 0 || !displayName.split(/[ \t]+/).every(isNameToken))
    throw cursor.fail('a display name that is not tokens has to be quoted');
  cursor.at = start + angle;
  return bracketed(cursor, displayName);
}

// Beyond RFC 3261: unquoted UTF-8 letters occur in the field and are harmless.
function isNameToken(word: string): boolean {
  return isToken(word.replace(/[\u0080-\uffff]/g, 'x'));
}

/** The one address of a field such as From. `field` names it in the errors (MalformedMessage). */
export function parseNameAddress(text: string, field = 'address'): NameAddress {
  return readOnly(new Cursor(text, field), readNameAddress);
}

/** The addresses of a field such as Route, separated by commas. */
export function parseNameAddresses(text: string, field = 'address'): readonly NameAddress[] {
  return readList(text, field, readNameAddress);
}

/** Always with angle brackets; the display name quoted, feature tags and what is no token too. */
export function serializeNameAddress({ displayName, uri, parameters }: NameAddress): string {
  const name = displayName === undefined ? '' : `${quote(displayName)} `;
  return `${name}<${uri}>${serializeParameters(parameters)}`;
}

/** A To or From value with a tag parameter; unchanged where it has one already. Throws MalformedMessage. */
export function addTag(value: string, tag: string): string {
  const address = parseNameAddress(value, 'To');
  return address.parameters.has('tag') ? value : `${value};tag=${tag}`;
}

/** A name-address of a URI alone. */
export function nameAddress(uri: string, parameters: Parameters = noParameters): NameAddress {
  return { uri, parameters };
}
