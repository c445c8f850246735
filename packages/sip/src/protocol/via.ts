import type { Via } from './header-values.ts';
import { Cursor, readFirst, readList } from './syntax.ts';
import { decimal, isHostCode, isSpace, isToken, quote } from './token.ts';

export type { Via } from './header-values.ts';

const slash = 0x2f;
const colon = 0x3a;
const leftBracket = 0x5b;

/** Reads one hop. White space may stand around the slashes and the colon (RFC 4475 section 3.1.1.1). */
export function readVia(cursor: Cursor): Via {
  const protocol = readProtocol(cursor);
  const transport = knownTransport(cursor.token('transport'));
  if (!isSpace(cursor.code)) throw cursor.fail('white space expected after the transport');
  cursor.skipSpace();
  const host = readHost(cursor);
  const port = cursor.take(colon) ? readPort(cursor) : undefined;
  const parameters = cursor.parameters();
  const via: Mutable<Via> = { protocol, transport, host, parameters };
  if (port !== undefined) via.port = port;
  if (parameters.size === 0) return via;
  const branch = parameters.get('branch');
  const received = parameters.get('received');
  const rport = parameters.get('rport');
  if (typeof branch === 'string') via.branch = branch;
  if (typeof received === 'string') via.received = withoutBrackets(received);
  if (rport !== undefined) via.rport = readRport(cursor, rport);
  return via;
}

const usualProtocol = 'SIP/2.0/';

/** Name and version, and the slash behind them. */
function readProtocol(cursor: Cursor): string {
  if (cursor.text.startsWith(usualProtocol, cursor.at)) {
    cursor.at += usualProtocol.length;
    cursor.skipSpace();
    return 'SIP/2.0';
  }
  const name = cursor.token('protocol');
  if (!cursor.take(slash)) throw cursor.fail("'/' expected after the protocol");
  const version = cursor.token('version');
  if (!cursor.take(slash)) throw cursor.fail("'/' expected after the version");
  return `${name.toUpperCase()}/${version}`;
}

function knownTransport(transport: string): string {
  return transport === 'UDP' || transport === 'TCP' ? transport : transport.toUpperCase();
}

/** A host name, an IPv4 address or an IPv6 reference, which is returned without its brackets. */
function readHost(cursor: Cursor): string {
  const { text, codes, at, end } = cursor;
  if (cursor.code === leftBracket) return readReference(cursor);
  let next = at;
  while (next < end && isHostCode(codes[next] ?? 0)) next += 1;
  if (next === at) throw cursor.fail('no host');
  cursor.at = next;
  return text.slice(at, next);
}

function readReference(cursor: Cursor): string {
  const [reference = '', address] =
    /^\[([0-9a-fA-F:.]{2,45})\]/.exec(cursor.text.slice(cursor.at, cursor.end)) ?? [];
  if (address === undefined) throw cursor.fail('not an IPv6 reference');
  cursor.at += reference.length;
  return address;
}

function readPort(cursor: Cursor): number {
  const port = cursor.number();
  if (port === undefined && cursor.atEnd) throw cursor.fail('port expected');
  if (port === undefined || port > 65_535) throw cursor.fail('not a port');
  return port;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readRport(cursor: Cursor, value: string | true): number | true {
  const port = value === true ? true : decimal(value);
  if (port === undefined || (port !== true && port > 65_535)) throw cursor.fail('rport is not a port');
  return port;
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** The hops of one Via row, separated by commas; the topmost first. Throws MalformedMessage. */
export function parseVias(text: string): readonly Via[] {
  return readList(text, 'Via', readVia);
}

/** The first hop of a Via row. Throws MalformedMessage. */
export function parseVia(text: string): Via {
  return readFirst(new Cursor(text, 'Via'), readVia);
}

/**
 * `parameters` is written first; `branch`, `received` and `rport` say what their parameter is, whether
 * `parameters` holds it or not.
 */
export function serializeVia(via: Via): string {
  const host = via.host.includes(':') ? `[${via.host}]` : via.host;
  const parameters = new Map(via.parameters);
  if (via.branch !== undefined) parameters.set('branch', via.branch);
  if (via.received !== undefined) parameters.set('received', via.received);
  if (via.rport !== undefined) parameters.set('rport', via.rport === true ? true : String(via.rport));
  let text = `${via.protocol}/${via.transport} ${host}${via.port === undefined ? '' : `:${via.port}`}`;
  for (const [name, value] of parameters) text += value === true ? `;${name}` : `;${name}=${written(value)}`;
  return text;
}

// An IPv6 address stands bare in received and maddr (RFC 3261 section 25.1).
function written(value: string): string {
  return isToken(value) || /^[\w.:[\]-]+$/.test(value) ? value : quote(value);
}
