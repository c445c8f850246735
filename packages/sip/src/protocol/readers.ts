import { parseSipDate } from './date.ts';
import { cursorOf, readRows } from './field-cursor.ts';
import { type AcceptContact, parseAcceptContacts } from './feature-tags.ts';
import type { HeaderFields } from './header-fields.ts';
import { type KnownName, knownName } from './header-names.ts';
import type { MediaType, SequenceNumber } from './header-values.ts';
import { MalformedMessage } from './malformed-message.ts';
import { type NameAddress, readNameAddress } from './name-address.ts';
import type { Parameters } from './parameters.ts';
import { Recent } from './recent.ts';
import { Cursor, readFirst, readList, readOnly } from './syntax.ts';
import { decimal, isSpace, isToken, lowerCase } from './token.ts';
import { type Via, readVia } from './via.ts';

/** What a typed reader reads from: a message, or anything else with header fields, such as a body part. */
export interface HasHeaders {
  readonly headers: HeaderFields;
}

export type { MediaType, SequenceNumber } from './header-values.ts';

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

const star = 0x2a;
/** RFC 3261 section 8.1.1.5: less than 2**31. */
const maxSequence = 2 ** 31 - 1;
/** RFC 3261 section 20.22. */
const maxHops = 255;
/** RFC 3261 section 20.19. */
const maxSeconds = 2 ** 32 - 1;

/** The fields that are read by a cursor. */
const viaField = knownName('Via');
const cseqField = knownName('CSeq');
const callIdField = knownName('Call-ID');
const fromField = knownName('From');
const toField = knownName('To');
const contactField = knownName('Contact');
const routeField = knownName('Route');
const recordRouteField = knownName('Record-Route');
const pathField = knownName('Path');
const serviceRouteField = knownName('Service-Route');
const assertedField = knownName('P-Asserted-Identity');
const preferredField = knownName('P-Preferred-Identity');
const maxForwardsField = knownName('Max-Forwards');
const expiresField = knownName('Expires');
const contentLengthField = knownName('Content-Length');
const dispositionField = knownName('Content-Disposition');
const warningField = knownName('Warning');

function required(headers: HeaderFields, field: KnownName): Cursor {
  const cursor = cursorOf(headers, field);
  if (cursor === undefined) throw new MalformedMessage(`${field.name}: missing`);
  return cursor;
}

/** The hop the message came from last. Throws MalformedMessage where there is none, as all readers of required fields. */
export function topVia(message: HasHeaders): Via {
  const { headers } = message;
  return (headers.remembered.via ??= readFirst(required(headers, viaField), readVia));
}

/** All hops, from all rows, the topmost first. */
export function vias(message: HasHeaders): readonly Via[] {
  const { headers } = message;
  const hops = readRows(headers, viaField, readVia);
  headers.remembered.via ??= hops[0];
  return hops;
}

export function cseq(message: HasHeaders): SequenceNumber {
  const { headers } = message;
  return (headers.remembered.cseq ??= readOnly(required(headers, cseqField), readCSeq));
}

/** May be a slice of the message's head: `detach` it before it is kept. */
export function callId(message: HasHeaders): string {
  const { headers } = message;
  return (headers.remembered.callId ??= readOnly(required(headers, callIdField), readCallId));
}

export function from(message: HasHeaders): NameAddress {
  const { headers } = message;
  return (headers.remembered.from ??= readOnly(required(headers, fromField), readNameAddress));
}

export function to(message: HasHeaders): NameAddress {
  const { headers } = message;
  return (headers.remembered.to ??= readOnly(required(headers, toField), readNameAddress));
}

/** RFC 3261 section 20.16: one number, one method. */
export function parseCSeq(value: string): SequenceNumber {
  return readOnly(new Cursor(value, 'CSeq'), readCSeq);
}

function readCSeq(cursor: Cursor): SequenceNumber {
  const sequence = cursor.number();
  if (sequence === undefined) throw cursor.fail('not a number');
  if (sequence > maxSequence) throw cursor.fail(`above ${maxSequence}`);
  if (!isSpace(cursor.code)) throw cursor.fail('no method');
  cursor.skipSpace();
  const method = cursor.rest();
  if (!isToken(method)) throw cursor.fail('no method');
  return { sequence, method };
}

// RFC 3261 section 25.1: word [ "@" word ]; only what cannot be meant is refused.
function readCallId(cursor: Cursor): string {
  const { codes, at, end } = cursor;
  if (cursor.atEnd) throw cursor.fail('empty');
  for (let next = at; next < end; next += 1) if ((codes[next] ?? 0) <= 0x20) throw cursor.fail('white space');
  return cursor.rest();
}

const noAddresses: readonly NameAddress[] = [];

function addresses(message: HasHeaders, field: KnownName): readonly NameAddress[] {
  return readRows(message.headers, field, readNameAddress);
}

/** `'*'`: all bindings of a REGISTER (RFC 3261 section 10.2.2); it has to stand alone. */
export function contacts(message: HasHeaders): readonly NameAddress[] | '*' {
  const { headers } = message;
  const cursor = cursorOf(headers, contactField);
  if (cursor === undefined) return noAddresses;
  if (cursor.code !== star) return readRows(headers, contactField, readNameAddress);
  const rows = headers.all('Contact');
  if (rows.length === 1 && rows[0] === '*') return '*';
  throw new MalformedMessage("Contact: '*' has to stand alone");
}

export function routes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, routeField);
}

export function recordRoutes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, recordRouteField);
}

/** RFC 3327. */
export function paths(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, pathField);
}

/** RFC 3608. */
export function serviceRoutes(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, serviceRouteField);
}

/** RFC 3325 section 9.1. */
export function assertedIdentities(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, assertedField);
}

/** RFC 3325 section 9.2. */
export function preferredIdentities(message: HasHeaders): readonly NameAddress[] {
  return addresses(message, preferredField);
}

function number(message: HasHeaders, field: KnownName, highest: number): number | undefined {
  const cursor = cursorOf(message.headers, field);
  if (cursor === undefined) return undefined;
  const read = cursor.number();
  if (read === undefined || !cursor.atEnd) throw cursor.fail('not a number');
  if (read > highest) throw cursor.fail(`above ${highest}`);
  return read;
}

export function maxForwards(message: HasHeaders): number | undefined {
  return number(message, maxForwardsField, maxHops);
}

/** Seconds; what is above 2^32-1 counts as that (RFC 4475 section 3.1.2.4). */
export function expires(message: HasHeaders): number | undefined {
  const seconds = number(message, expiresField, Number.POSITIVE_INFINITY);
  return seconds === undefined ? undefined : Math.min(seconds, maxSeconds);
}

export function contentLength(message: HasHeaders): number | undefined {
  return number(message, contentLengthField, Number.MAX_SAFE_INTEGER);
}

const recentMediaTypes = new Recent<MediaType>();

export function contentType(message: HasHeaders): MediaType | undefined {
  const { headers } = message;
  if (headers.remembered.contentType !== undefined) return headers.remembered.contentType;
  const value = headers.get('Content-Type');
  if (value === undefined) return undefined;
  const mediaType = recentMediaTypes.get(value) ?? parseMediaType(value);
  recentMediaTypes.keep(value, mediaType);
  return (headers.remembered.contentType = mediaType);
}

/** `type/subtype;parameters` alone in a field. */
export function parseMediaType(value: string, field = 'Content-Type'): MediaType {
  return readOnly(new Cursor(value, field), readMediaType);
}

function readMediaType(cursor: Cursor): MediaType {
  const { text, at } = cursor;
  const type = cursor.token('type');
  if (!cursor.take(0x2f)) throw cursor.fail("'/' expected after the type");
  const subtype = cursor.token('subtype');
  const asWritten = cursor.at - at === type.length + 1 + subtype.length;
  const name = lowerCase(asWritten ? text.slice(at, cursor.at) : `${type}/${subtype}`);
  return { name, parameters: cursor.parameters() };
}

/** The media ranges of Accept, `*` included, in order; undefined where there is no such field. */
export function accepts(message: HasHeaders): readonly MediaType[] | undefined {
  const rows = message.headers.all('Accept');
  if (rows.length === 0) return undefined;
  return rows.flatMap((value) => (value === '' ? [] : readList(value, 'Accept', readMediaType)));
}

export function contentDisposition(message: HasHeaders): ContentDisposition | undefined {
  const cursor = cursorOf(message.headers, dispositionField);
  return cursor === undefined ? undefined : readOnly(cursor, readDisposition);
}

function readDisposition(cursor: Cursor): ContentDisposition {
  return { type: lowerCase(cursor.token('type')), parameters: cursor.parameters() };
}

/** The tokens of a list such as Require or Allow, from all rows, as written. */
export function tokens(message: HasHeaders, name: string): readonly string[] {
  return message.headers.all(name).flatMap((value) => {
    if (value === '') return [];
    return readList(value, name, (cursor) => cursor.token('token'));
  });
}

export function warnings(message: HasHeaders): readonly Warning[] {
  return readRows(message.headers, warningField, readWarning);
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
