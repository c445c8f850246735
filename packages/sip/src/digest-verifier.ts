import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  digestAlgorithm,
  digestEquals,
  digestResponse,
  parseCredentials,
  serializeChallenge,
} from './protocol/digest.ts';
import type { DigestAlgorithm, DigestCredentials } from './protocol/digest.ts';
import type { SipRequest } from './protocol/message.ts';
import { parseUri } from './protocol/uri.ts';
import { uriEquals } from './protocol/uri-equality.ts';
import { NonceCounts } from './nonce-counts.ts';
import type { Clock, Random } from './ports.ts';
import { SipRejection } from './rejection.ts';
import { Tokens } from './tokens.ts';

/** H(user:realm:password) in hexadecimal for this algorithm, as `ha1` makes it; undefined where there is no such user. */
export type FindHa1 = (
  username: string,
  realm: string,
  algorithm: DigestAlgorithm,
) => string | undefined | Promise<string | undefined>;

/** What the credentials of a request are worth. */
export type DigestVerdict =
  | { readonly kind: 'verified'; readonly username: string }
  /** No credentials for this realm. */
  | { readonly kind: 'absent' }
  /** The password may be right, the nonce is too old or its count was used: to be challenged again with stale=true. */
  | { readonly kind: 'stale'; readonly username: string }
  /** No such user, or a wrong password. */
  | { readonly kind: 'refused'; readonly username: string };

export interface DigestVerifierOptions {
  readonly realm: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly findHa1: FindHa1;
  /** As a proxy: 407, Proxy-Authenticate and Proxy-Authorization. Default: false, as a registrar or user agent. */
  readonly proxy?: boolean;
  /** The algorithms offered, the best first (RFC 8760 section 2.3). Default: SHA-256, MD5. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Default 5 minutes. */
  readonly nonceLifetimeMs?: number;
  /** The key of the nonces, for several processes that share them. Default: drawn at random. */
  readonly secret?: Uint8Array;
}

const defaultLifetime = 5 * 60_000;
const keyBytes = 32;
const encoder = new TextEncoder();

/**
 * The server's side of RFC 3261 section 22.1 and RFC 8760. A nonce is its time, some randomness and a keyed hash of both, so
 * that a challenge leaves no state behind; only nonces used with a right password are remembered, against replay.
 */
export class DigestVerifier {
  readonly #options: DigestVerifierOptions;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #lifetime: number;
  readonly #key: Uint8Array;
  readonly #tokens: Tokens;
  readonly #counts: NonceCounts;

  constructor(options: DigestVerifierOptions) {
    this.#options = options;
    this.#algorithms = options.algorithms ?? ['SHA-256', 'MD5'];
    this.#lifetime = options.nonceLifetimeMs ?? defaultLifetime;
    this.#key = options.secret ?? options.random.bytes(keyBytes);
    this.#tokens = new Tokens(options.random);
    this.#counts = new NonceCounts(this.#lifetime);
  }

  /** 401 (407 as a proxy) with a challenge for each algorithm, the strongest first. */
  challenge({ stale = false }: { readonly stale?: boolean } = {}): SipRejection {
    const { realm, proxy = false } = this.#options;
    const nonce = this.#newNonce();
    const name = proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate';
    const headers = this.#algorithms.map(
      (algorithm) => [name, serializeChallenge({ realm, nonce, algorithm, qop: ['auth'], stale })] as const,
    );
    return new SipRejection(proxy ? 407 : 401, { headers });
  }

  /** Throws MalformedMessage where the credentials cannot be read. */
  async verify(request: SipRequest): Promise<DigestVerdict> {
    const credentials = this.#credentialsIn(request);
    if (credentials === undefined) return { kind: 'absent' };
    const { username } = credentials;
    const issued = this.#issuedAt(credentials.nonce);
    const now = this.#options.clock.now();
    if (issued === undefined || issued > now || now - issued > this.#lifetime)
      return { kind: 'stale', username };
    if (!sameUri(credentials.uri, request.uri) || !(await this.#isRight(request, credentials)))
      return { kind: 'refused', username };
    // RFC 7616 section 3.4: without qop there is no count, so that the nonce serves once.
    const fresh = this.#counts.use(credentials.nonce, issued, credentials.nonceCount ?? 1, now);
    return { kind: fresh ? 'verified' : 'stale', username };
  }

  /** The user name; throws the challenge that the verdict calls for. */
  async authenticate(request: SipRequest): Promise<string> {
    const verdict = await this.verify(request);
    if (verdict.kind === 'verified') return verdict.username;
    throw this.challenge({ stale: verdict.kind === 'stale' });
  }

  #credentialsIn(request: SipRequest): DigestCredentials | undefined {
    const { realm, proxy = false } = this.#options;
    for (const row of request.headers.all(proxy ? 'Proxy-Authorization' : 'Authorization')) {
      const credentials = parseCredentials(row);
      if (credentials?.realm === realm) return credentials;
    }
    return undefined;
  }

  async #isRight(request: SipRequest, credentials: DigestCredentials): Promise<boolean> {
    const { username, realm, nonce, uri, response, qop, cnonce, nonceCount } = credentials;
    const algorithm = digestAlgorithm(credentials.algorithm);
    if (algorithm === undefined || !this.#algorithms.includes(algorithm)) return false;
    if (qop !== undefined && (qop !== 'auth' || cnonce === undefined || nonceCount === undefined))
      return false;
    const secret = await this.#options.findHa1(username, realm, algorithm);
    const expected = digestResponse({
      algorithm,
      ha1: secret ?? '',
      nonce,
      method: request.method,
      uri,
      ...(qop === 'auth' && { qop }),
      ...(cnonce !== undefined && { cnonce }),
      ...(nonceCount !== undefined && { nonceCount }),
    });
    return digestEquals(expected, response.toLowerCase()) && secret !== undefined;
  }

  #newNonce(): string {
    const text = `${this.#options.clock.now().toString(36)}.${this.#tokens.next()}`;
    return `${text}.${this.#seal(text)}`;
  }

  #seal(text: string): string {
    const { realm } = this.#options;
    return bytesToHex(hmac(sha256, this.#key, encoder.encode(`${realm} ${text}`))).slice(0, keyBytes);
  }

  /** When we made this nonce; undefined where we did not. */
  #issuedAt(nonce: string): number | undefined {
    const end = nonce.lastIndexOf('.');
    const text = nonce.slice(0, Math.max(0, end));
    if (end === -1 || !digestEquals(this.#seal(text), nonce.slice(end + 1))) return undefined;
    return Number.parseInt(text, 36);
  }
}

/** A proxy may have rewritten the Request-URI's form, but not whom it is for (RFC 3261 section 22.4). */
function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return uriEquals(parseUri(a), parseUri(b));
  } catch {
    return false;
  }
}
