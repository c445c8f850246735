import { passingCodesOf } from './codes.ts';
import { MalformedMessage, quoted } from './malformed-message.ts';
import { noParameters, type Parameters } from './parameters.ts';
import { Recent } from './recent.ts';
import { decimal, isHostCode, lowerCase } from './token.ts';

/** A SIP or SIPS URI (RFC 3261 section 19.1). */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Unescaped. */
  readonly user?: string;
  /** Unescaped. */
  readonly password?: string;
  /** In lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  /** Names in lower case, names and values unescaped. */
  readonly parameters: Parameters;
  /** Names and values unescaped; of several of one name the first. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A telephone number (RFC 3966). */
export interface TelUri {
  readonly kind: 'tel';
  /** As written, without visual separators; a global one begins with '+'. */
  readonly number: string;
  readonly global: boolean;
  readonly parameters: Parameters;
}

/** Any other URI: its scheme in lower case and its whole text. */
export interface AbsoluteUri {
  readonly kind: 'absolute';
  readonly scheme: string;
  readonly text: string;
}

export type Uri = SipUri | TelUri | AbsoluteUri;

const leftBracket = 0x5b;
const colonCode = 0x3a;

const noHeaders: ReadonlyMap<string, string> = new Map();
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function fault(field: string, text: string): MalformedMessage {
  return new MalformedMessage(`${field}: ${text}`);
}

const recent = new Recent<Uri>();

/**
 * Throws MalformedMessage; `field` names in it what the URI stands in. A scheme that is not known is no fault:
 * whether it is served is for others to say (416).
 */
export function parseUri(text: string, field = 'URI'): Uri {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const uri = readUri(text, field);
  recent.keep(text, uri);
  return uri;
}

function readUri(text: string, field: string): Uri {
  const codes = passingCodesOf(text);
  if (holdsUnescaped(codes, text.length))
    throw fault(field, `a character that has to be escaped in '${quoted(text)}'`);
  if (text.startsWith('sip:')) return parseSipUri('sip', text, codes, 4, field);
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(0, colon)).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(scheme, text, codes, colon + 1, field);
  const rest = text.slice(colon + 1);
  if (scheme === 'tel') return parseTelUri(rest, field);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw fault(field, `no scheme in '${quoted(text)}'`);
  if (rest === '') throw fault(field, 'nothing after the scheme');
  return { kind: 'absolute', scheme, text };
}

// White space, quotes, angle brackets and control characters.
function holdsUnescaped(codes: Uint8Array, length: number): boolean {
  for (let at = 0; at < length; at += 1) {
    const code = codes[at] ?? 0;
    if (code <= 0x22 ? code !== 0x21 : code === 0x3c || code === 0x3e || code === 0x7f) return true;
  }
  return false;
}

function parseSipUri(
  scheme: 'sip' | 'sips',
  text: string,
  codes: Uint8Array,
  start: number,
  field: string,
): SipUri {
  // The user part may hold ';' and '?' (RFC 4475 section 3.1.1.9), the parts behind the host no unescaped '@'.
  const at = text.indexOf('@', start);
  if (at === start) throw fault(field, 'empty user part');
  const hostStart = at < 0 ? start : at + 1;
  const hostEnd = endOfHost(text, codes, hostStart);
  const uri: Mutable<SipUri> = {
    kind: 'sip',
    scheme,
    host: parseHost(text, hostStart, hostEnd, field),
    parameters: noParameters,
    headers: noHeaders,
  };
  if (hostEnd < text.length) readBehindHost(uri, text, hostEnd, field);
  if (at > 0) readUserInfo(uri, text.slice(start, at), field);
  return uri;
}

/** Behind the host's last character; a reference to an IPv6 address reaches to its bracket. */
function endOfHost(text: string, codes: Uint8Array, start: number): number {
  if (codes[start] === leftBracket && start < text.length) return text.indexOf(']', start) + 1 || text.length;
  let end = start;
  while (end < text.length && isHostCode(codes[end] ?? 0)) end += 1;
  return end;
}

/** Port, parameters and header fields. */
function readBehindHost(uri: Mutable<SipUri>, text: string, hostEnd: number, field: string): void {
  const question = text.indexOf('?', hostEnd);
  const headersStart = question < 0 ? text.length : question;
  const semicolon = text.indexOf(';', hostEnd);
  const portEnd = semicolon < 0 || semicolon > headersStart ? headersStart : semicolon;
  if (text.charCodeAt(hostEnd) === colonCode) uri.port = parsePort(text.slice(hostEnd + 1, portEnd), field);
  else if (portEnd > hostEnd) throw fault(field, `not a host: '${quoted(text.slice(hostEnd, portEnd))}'`);
  if (portEnd < headersStart) uri.parameters = parseParameters(text.slice(portEnd + 1, headersStart), field);
  if (question >= 0) uri.headers = parseHeaders(text.slice(question + 1), field);
}

function readUserInfo(uri: Mutable<SipUri>, text: string, field: string): void {
  const colon = text.indexOf(':');
  uri.user = unescape(colon < 0 ? text : text.slice(0, colon), field);
  if (colon >= 0) uri.password = unescape(text.slice(colon + 1), field);
}

function parsePort(text: string, field: string): number {
  const port = decimal(text);
  if (port === undefined || port > 65_535) throw fault(field, `no port: '${quoted(text)}'`);
  return port;
}

function parseHost(text: string, start: number, end: number, field: string): string {
  const host = lowerCase(text.slice(start, end));
  if (host.charCodeAt(0) === leftBracket) return parseReference(host, field);
  if (end === start) throw fault(field, `not a host: '${quoted(text.slice(start))}'`);
  return host;
}

function parseReference(host: string, field: string): string {
  const address = host.slice(1, -1);
  if (!host.endsWith(']') || !address.includes(':') || !/^[0-9a-f:.]{2,48}$/.test(address))
    throw fault(field, `not an IPv6 reference: '${quoted(host)}'`);
  // RFC 5118 section 4.10: by the ABNF of RFC 3261 three colons may stand before an IPv4 address.
  return address.replace(':::', '::');
}

function parseParameters(text: string, field: string): Parameters {
  const parameters = new Map<string, string | true>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = unescape(equals < 0 ? part : part.slice(0, equals), field).toLowerCase();
    if (name.length === 0) throw fault(field, 'a parameter without a name');
    if (!parameters.has(name))
      parameters.set(name, equals < 0 ? true : unescape(part.slice(equals + 1), field));
  }
  return parameters;
}

function parseHeaders(text: string, field: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const part of text.split('&')) {
    const equals = part.indexOf('=');
    if (equals <= 0) throw fault(field, `not a header: '${quoted(part)}'`);
    const name = unescape(part.slice(0, equals), field);
    if (!headers.has(name)) headers.set(name, unescape(part.slice(equals + 1), field));
  }
  return headers;
}

function parseTelUri(rest: string, field: string): TelUri {
  const semicolon = rest.indexOf(';');
  const written = semicolon < 0 ? rest : rest.slice(0, semicolon);
  const number = written.replace(/[-.()]/g, '');
  const global = number.startsWith('+');
  if (!(global ? /^\+[0-9]+$/ : /^[0-9a-fA-F*#]+$/).test(number))
    throw fault(field, `not a telephone number: '${quoted(written)}'`);
  const parameters = semicolon < 0 ? noParameters : parseParameters(rest.slice(semicolon + 1), field);
  return { kind: 'tel', number, global, parameters };
}

/** Percent-escapes undone, as UTF-8; an escape that is no UTF-8 becomes U+FFFD. */
function unescape(text: string, field: string): string {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw fault(field, `a broken escape in '${quoted(text)}'`);
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    const bytes = new Uint8Array(run.length / 3);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(run.slice(i * 3 + 1, i * 3 + 3), 16);
    return decoder.decode(bytes);
  });
}

// RFC 3261 section 25.1: what may stand unescaped in each part, besides the unreserved characters.
const inUser = "-_.!~*'()&=+$,;?/";
const inPassword = "-_.!~*'()&=+$,";
const inParameter = "-_.!~*'()[]/:&+$";
const inHeader = "-_.!~*'()[]/?:+$";

function escape(text: string, allowed: string): string {
  let escaped = '';
  for (const char of text) {
    if (/^[a-zA-Z0-9]$/.test(char) || allowed.includes(char)) escaped += char;
    else
      for (const byte of encoder.encode(char))
        escaped += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** The URI as text; what needs an escape gets one. */
export function serializeUri(uri: Uri): string {
  if (uri.kind === 'absolute') return uri.text;
  if (uri.kind === 'tel') return `tel:${uri.number}${serializeUriParameters(uri.parameters)}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escape(uri.user, inUser);
    if (uri.password !== undefined) text += `:${escape(uri.password, inPassword)}`;
    text += '@';
  }
  text += uri.host.includes(':') ? `[${uri.host}]` : uri.host;
  if (uri.port !== undefined) text += `:${uri.port}`;
  text += serializeUriParameters(uri.parameters);
  let separator = '?';
  for (const [name, value] of uri.headers) {
    text += `${separator}${escape(name, inHeader)}=${escape(value, inHeader)}`;
    separator = '&';
  }
  return text;
}

function serializeUriParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    text += `;${escape(name, inParameter)}`;
    if (value !== true) text += `=${escape(value, inParameter)}`;
  }
  return text;
}
