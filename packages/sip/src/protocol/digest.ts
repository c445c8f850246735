import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { MalformedMessage, quoted } from './malformed-message.ts';
import { noBody } from './message.ts';
import { Cursor } from './syntax.ts';
import { isToken, quote } from './token.ts';

/** The algorithms of RFC 7616 and RFC 8760 that SIP servers ask for. */
export type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';

/** In the order of preference for a server that offers several (RFC 8760 section 2.3). */
export const digestAlgorithms: readonly DigestAlgorithm[] = ['SHA-256', 'SHA-256-sess', 'MD5', 'MD5-sess'];

/** A WWW-Authenticate or Proxy-Authenticate value of the scheme Digest (RFC 7616 section 3.3). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** As written; 'MD5' where there is none. It may be one that is not known. */
  readonly algorithm: string;
  /** Empty: the form of RFC 2069, without qop. */
  readonly qop: readonly string[];
  readonly stale: boolean;
  readonly domain?: string;
}

/** An Authorization or Proxy-Authorization value of the scheme Digest (RFC 7616 section 3.4). */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: string;
  readonly opaque?: string;
  readonly qop?: string;
  readonly cnonce?: string;
  /** The number of requests sent with this nonce, this one included. */
  readonly nonceCount?: number;
}

/** What a response is computed from. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** H(user:realm:password): see `ha1`. */
  readonly ha1: string;
  readonly nonce: string;
  readonly method: string;
  /** The uri parameter of the credentials, as written there. */
  readonly uri: string;
  readonly qop?: 'auth' | 'auth-int';
  /** Needed with qop and with the -sess algorithms. */
  readonly cnonce?: string;
  readonly nonceCount?: number;
  /** Needed with auth-int. */
  readonly body?: Uint8Array;
}

const encoder = new TextEncoder();

/** The algorithm meant, in any case; undefined for one that is not known. */
export function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  return digestAlgorithms.find((algorithm) => algorithm.toLowerCase() === name.toLowerCase());
}

function hash(algorithm: DigestAlgorithm, octets: Uint8Array): string {
  return bytesToHex(algorithm.startsWith('MD5') ? md5(octets) : sha256(octets));
}

/**
 * H(user:realm:password) in hexadecimal, what a server may store in place of the password. It is the same for an
 * algorithm and its -sess variant.
 */
export function ha1(user: string, realm: string, password: string, algorithm: DigestAlgorithm): string {
  return hash(algorithm, encoder.encode(`${user}:${realm}:${password}`));
}

/** The response parameter in hexadecimal (RFC 7616 section 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, method, uri, qop, cnonce = '', nonceCount = 1, body = noBody } = input;
  const h = (text: string): string => hash(algorithm, encoder.encode(text));
  const secret = algorithm.endsWith('-sess') ? h(`${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  const request = qop === 'auth-int' ? `${method}:${uri}:${hash(algorithm, body)}` : `${method}:${uri}`;
  if (qop === undefined) return h(`${secret}:${nonce}:${h(request)}`);
  return h(`${secret}:${nonce}:${countText(nonceCount)}:${cnonce}:${qop}:${h(request)}`);
}

function countText(nonceCount: number): string {
  return nonceCount.toString(16).padStart(8, '0');
}

/** Are the two texts the same? Takes as long for a wrong one as for the right one. */
export function digestEquals(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Undefined for a scheme other than Digest. Throws MalformedMessage. */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const parameters = parseParameters(value, 'challenge');
  if (parameters === undefined) return undefined;
  const get = (name: string): string | undefined => parameters.get(name);
  const opaque = get('opaque');
  const domain = get('domain');
  return {
    realm: required(parameters, 'realm', 'challenge'),
    nonce: required(parameters, 'nonce', 'challenge'),
    algorithm: get('algorithm') ?? 'MD5',
    qop: (get('qop') ?? '').split(',').flatMap((item) => item.trim().toLowerCase() || []),
    stale: get('stale')?.toLowerCase() === 'true',
    ...(opaque !== undefined && { opaque }),
    ...(domain !== undefined && { domain }),
  };
}

/** Undefined for a scheme other than Digest (RFC 4475 section 3.3.7). Throws MalformedMessage. */
export function parseCredentials(value: string): DigestCredentials | undefined {
  const parameters = parseParameters(value, 'credentials');
  if (parameters === undefined) return undefined;
  const get = (name: string): string => required(parameters, name, 'credentials');
  const opaque = parameters.get('opaque');
  const qop = parameters.get('qop');
  const cnonce = parameters.get('cnonce');
  const count = parameters.get('nc');
  if (count !== undefined && !/^[0-9a-fA-F]{8}$/.test(count))
    throw new MalformedMessage('credentials: nc is not eight hexadecimal digits');
  return {
    username: get('username'),
    realm: get('realm'),
    nonce: get('nonce'),
    uri: get('uri'),
    response: get('response'),
    algorithm: parameters.get('algorithm') ?? 'MD5',
    ...(opaque !== undefined && { opaque }),
    ...(qop !== undefined && { qop: qop.toLowerCase() }),
    ...(cnonce !== undefined && { cnonce }),
    ...(count !== undefined && { nonceCount: Number.parseInt(count, 16) }),
  };
}

function required(parameters: ReadonlyMap<string, string>, name: string, field: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw new MalformedMessage(`${field}: no ${name}`);
  return value;
}

function parseParameters(value: string, field: string): ReadonlyMap<string, string> | undefined {
  const cursor = new Cursor(value, field);
  cursor.skipSpace();
  const scheme = cursor.token('scheme');
  if (scheme.toLowerCase() !== 'digest') return undefined;
  const parameters = new Map<string, string>();
  do {
    cursor.skipSpace();
    // RFC 9110 section 5.6.1: a reader takes empty list elements.
    if (cursor.code === 0x2c || cursor.atEnd) continue;
    const name = cursor.token('parameter').toLowerCase();
    if (!cursor.take(0x3d)) throw cursor.fail(`'=' expected after ${quoted(name)}`);
    const text = cursor.parameterValue(name);
    if (parameters.has(name)) throw cursor.fail(`${quoted(name)} twice`);
    parameters.set(name, text);
  } while (cursor.take(0x2c));
  cursor.expectEnd();
  return parameters;
}

/** Quoted and bare as RFC 7616 section 3.3 asks for each. */
export function serializeChallenge(challenge: DigestChallenge): string {
  const { realm, nonce, opaque, algorithm, qop, stale, domain } = challenge;
  return [
    `Digest realm=${quote(realm)}`,
    ...(domain === undefined ? [] : [`domain=${quote(domain)}`]),
    `nonce=${quote(nonce)}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(stale ? ['stale=true'] : []),
    `algorithm=${token(algorithm)}`,
    ...(qop.length === 0 ? [] : [`qop="${qop.map(token).join(',')}"`]),
  ].join(', ');
}

/** Quoted and bare as RFC 7616 section 3.4 asks for each. */
export function serializeCredentials(credentials: DigestCredentials): string {
  const { username, realm, nonce, uri, response, algorithm, opaque, qop, cnonce, nonceCount } = credentials;
  return [
    `Digest username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response=${quote(response)}`,
    `algorithm=${token(algorithm)}`,
    ...(cnonce === undefined ? [] : [`cnonce=${quote(cnonce)}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop === undefined ? [] : [`qop=${token(qop)}`]),
    ...(nonceCount === undefined ? [] : [`nc=${countText(nonceCount)}`]),
  ].join(', ');
}

function token(text: string): string {
  if (!isToken(text)) throw new TypeError('algorithm and qop have to be tokens.');
  return text;
}
