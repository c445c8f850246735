import { parseSipDate } from './date.ts';
import { type AcceptContact, parseAcceptContacts } from './feature-tags.ts';
import type { HeaderFields } from './header-fields.ts';
import type { SequenceNumber } from './header-values.ts';
import { MalformedMessage } from './malformed-message.ts';
import { type NameAddress, parseNameAddress, parseNameAddresses } from './name-address.ts';
import type { Parameters } from './parameters.ts';
import { Cursor, readList } from './syntax.ts';
import { decimal, isToken } from './token.ts';
import { type Via, parseVia, parseVias } from './via.ts';

/** What a typed reader reads from: a message, or anything else with header fields, such as a body part. */
export interface HasHeaders {
  readonly headers: HeaderFields;
}

export type { SequenceNumber } from './header-values.ts';

/** A media type (RFC 3261 section 20.15). */
export interface MediaType {
  /** 'type/subtype', in lower case. */
  readonly name: string;
  readonly parameters: Parameters;
}

/** Content-Disposition (RFC 3261 section 20.11). */
export interface ContentDisposition {
  /** In lower case: 'session', 'recipient-list', 'notification' … */
  readonly type: string;
  readonly parameters: Parameters;
}

/** Warning (RFC 3261 section 20.43). */
export interface Warning {
  readonly code: number;
  readonly agent: string;
  readonly text: string;
}

/** RFC 3261 section 8.1.1.5: less than 2**31. */
const maxSequence = 2 ** 31 - 1;
/** RFC 3261 section 20.22. */
const maxHops = 255;
/** RFC 3261 section 20.19. */
const maxSeconds = 2 ** 32 - 1;

function required(headers: HeaderFields, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new MalformedMessage(`${name}: missing`);
  return value;
}

/** The hop the message came from last. Throws MalformedMessage where there is none, as all readers of required fields. */
export function topVia(message: HasHeaders): Via {
  const { headers } = message;
  return (headers.remembered.via ??= parseVia(required(headers, 'Via')));
}

/** All hops, from all rows, the topmost first. */
export function vias(message: HasHeaders): readonly Via[] {
  const rows = message.headers.all('Via');
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return parseVias(only);
  return rows.flatMap((value) => parseVias(value));
}

export function cseq(message: HasHeaders): SequenceNumber {
  const { headers } = message;
  return (headers.remembered.cseq ??= parseCSeq(required(headers, 'CSeq')));
}

/** May be a slice of the message's head: `detach` it before it is kept. */
export function callId(message: HasHeaders): string {
  return parseCallId(required(message.headers, 'Call-ID'));
}

export function from(message: HasHeaders): NameAddress {
  const { headers } = message;
  return (headers.remembered.from ??= parseNameAddress(required(headers, 'From'), 'From'));
}

export function to(message: HasHeaders): NameAddress {
  const { headers } = message;
  return (headers.remembered.to ??= parseNameAddress(required(headers, 'To'), 'To'));
}

/** RFC 3261 section 20.16: one number, one method. */
export function parseCSeq(value: string): SequenceNumber {
  let at = 0;
  while (isDigit(value.charCodeAt(at))) at += 1;
  const sequence = decimal(value.slice(0, at));
  if (sequence === undefined) throw new MalformedMessage('CSeq: not a number');
  if (sequence > maxSequence) throw new MalformedMessage('CSeq: above 2147483647');
  const digitsEnd = at;
  while (value.charCodeAt(at) === 0x20 || value.charCodeAt(at) === 0x09) at += 1;
  const method = value.slice(at);
  if (at === digitsEnd || !isToken(method)) throw new MalformedMessage('CSeq: no method');
  return { sequence, method };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

// RFC 3261 section 25.1: word [ "@" word ]; only what cannot be meant is refused.
function parseCallId(value: string): string {
  if (value.length === 0) throw new MalformedMessage('Call-ID: empty');
  for (let i = 0; i < value.length; i += 1)
    if (value.charCodeAt(i) <= 0x20) throw new MalformedMessage('Call-ID: white space');
  return value;
}

const noAddresses: readonly NameAddress[] = [];

function addresses(message: HasHeaders, name: string): readonly NameAddress[] {
  const rows = message.headers.all(name);
  const [only] = rows;
  if (only === undefined) return noAddresses;
  if (rows.length === 1) return parseNameAddresses(only, name);
  return rows.flatMap((value) => parseNameAddresses(value, name));
}

/** `'*'`: all bindings of a REGISTER (RFC 3261 section 10.2.2); it has to stand alone. */
export function contacts(message: HasHeaders): readonly NameAddress[] | '*' {
  const rows = message.headers.all('Contact');
  if (rows.length === 0) return noAddresses;
  if (rows.length === 1 && rows[0] === '*') return '*';
  if (rows.includes('*')) throw new MalformedMessage("Contact: '*' has to stand alone");
  return rows.flatMap((value) => parseNameAddresses(value, 'Contact'));
}

export function routes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'Route');
}

export function recordRoutes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'Record-Route');
}

/** RFC 3327. */
export function paths(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'Path');
}

/** RFC 3608. */
export function serviceRoutes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'Service-Route');
}

/** RFC 3325 section 9.1. */
export function assertedIdentities(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'P-Asserted-Identity');
}

/** RFC 3325 section 9.2. */
export function preferredIdentities(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, 'P-Preferred-Identity');
}

function number(message: HasHeaders, name: string, highest: number): number | undefined {
  const value = message.headers.get(name);
  if (value === undefined) return undefined;
  const read = decimal(value);
  if (read === undefined) throw new MalformedMessage(`${name}: not a number`);
  if (read > highest) throw new MalformedMessage(`${name}: above ${highest}`);
  return read;
}

export function maxForwards(message: HasHeaders): number | undefined {
  return number(message, 'Max-Forwards', maxHops);
}

/** Seconds; what is above 2^32-1 counts as that (RFC 4475 section 3.1.2.4). */
export function expires(message: HasHeaders): number | undefined {
  const seconds = number(message, 'Expires', Number.POSITIVE_INFINITY);
  return seconds === undefined ? undefined : Math.min(seconds, maxSeconds);
}

export function contentLength(message: HasHeaders): number | undefined {
  return number(message, 'Content-Length', Number.MAX_SAFE_INTEGER);
}

export function contentType(message: HasHeaders): MediaType | undefined {
  const value = message.headers.get('Content-Type');
  return value === undefined ? undefined : parseMediaType(value);
}

/** `type/subtype;parameters` alone in a field. */
export function parseMediaType(value: string, field = 'Content-Type'): MediaType {
  const cursor = new Cursor(value, field);
  const mediaType = readMediaType(cursor);
  cursor.end();
  return mediaType;
}

function readMediaType(cursor: Cursor): MediaType {
  const type = cursor.token('type');
  if (!cursor.take(0x2f)) throw cursor.fail("'/' expected after the type");
  const subtype = cursor.token('subtype');
  return { name: `${type}/${subtype}`.toLowerCase(), parameters: cursor.parameters() };
}

/** The media ranges of Accept, `*` included, in order; undefined where there is no such field. */
export function accepts(message: HasHeaders): readonly MediaType[] | undefined {
  const rows = message.headers.all('Accept');
  if (rows.length === 0) return undefined;
  return rows.flatMap((value) => (value === '' ? [] : readList(value, 'Accept', readMediaType)));
}

export function contentDisposition(message: HasHeaders): ContentDisposition | undefined {
  const value = message.headers.get('Content-Disposition');
  if (value === undefined) return undefined;
  const cursor = new Cursor(value, 'Content-Disposition');
  const type = cursor.token('type').toLowerCase();
  const parameters = cursor.parameters();
  cursor.end();
  return { type, parameters };
}

/** The tokens of a list such as Require or Allow, from all rows, as written. */
export function tokens(message: HasHeaders, name: string): readonly string[] {
  return message.headers.all(name).flatMap((value) => {
    if (value === '') return [];
    return readList(value, name, (cursor) => cursor.token('token'));
  });
}

export function warnings(message: HasHeaders): readonly Warning[] {
  return message.headers.all('Warning').flatMap((value) => readList(value, 'Warning', readWarning));
}

function readWarning(cursor: Cursor): Warning {
  const code = decimal(cursor.token('code'));
  if (code === undefined || code > 999) throw cursor.fail('a code of three digits expected');
  cursor.skipSpace();
  const agent = cursor.parameterValue('agent');
  cursor.skipSpace();
  if (cursor.code !== 0x22) throw cursor.fail('a quoted text expected');
  return { code, agent, text: cursor.quotedString() };
}

/** RFC 3841 section 9.2, from all rows. */
export function acceptContacts(message: HasHeaders): readonly AcceptContact[] {
  return message.headers.all('Accept-Contact').flatMap((value) => parseAcceptContacts(value));
}

/** RFC 3841 section 9.2, from all rows. */
export function rejectContacts(message: HasHeaders): readonly AcceptContact[] {
  return message.headers
    .all('Reject-Contact')
    .flatMap((value) => parseAcceptContacts(value, 'Reject-Contact'));
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function date(message: HasHeaders): number | undefined {
  const value = message.headers.get('Date');
  return value === undefined ? undefined : parseSipDate(value);
}

/** Seconds. A comment and parameters are read over (RFC 3261 section 20.33). */
export function retryAfter(message: HasHeaders): number | undefined {
  const value = message.headers.get('Retry-After');
  if (value === undefined) return undefined;
  const seconds = decimal(/^\d+/.exec(value)?.[0] ?? '');
  if (seconds === undefined) throw new MalformedMessage('Retry-After: not a number');
  return Math.min(seconds, maxSeconds);
}
