import type { SipRequest, SipResponse } from './protocol/message.ts';
import {
  digestAlgorithm,
  digestAlgorithms,
  digestResponse,
  ha1,
  parseChallenge,
  serializeCredentials,
} from './protocol/digest.ts';
import type { DigestAlgorithm, DigestChallenge } from './protocol/digest.ts';
import { MalformedMessage } from './protocol/malformed-message.ts';
import type { Credentials, UserCredentials } from './client-options.ts';
import type { Tokens } from './tokens.ts';

type CredentialsHeader = 'Authorization' | 'Proxy-Authorization';

/** A realm that asks for credentials, and how often its nonce was used. */
interface Protection {
  readonly header: CredentialsHeader;
  readonly challenge: DigestChallenge;
  readonly algorithm: DigestAlgorithm;
  readonly cnonce: string;
  count: number;
}

/** For so many hosts the challenges are remembered. */
const maxRemembered = 256;

/** RFC 3261 section 22.2 and 22.3, RFC 8760: answers challenges, and remembers them so that the next request needs none. */
export class ClientAuthenticator {
  readonly #tokens: Tokens;
  readonly #remembered = new Map<string, readonly Protection[]>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** For one request of the user, however often it has to be sent. */
  begin(credentials: Credentials | undefined): ChallengeAnswers {
    return new ChallengeAnswers(credentials, this.#tokens, this);
  }

  recall(uri: string): readonly Protection[] {
    return this.#remembered.get(hostOf(uri)) ?? [];
  }

  remember(uri: string, protections: readonly Protection[]): void {
    const host = hostOf(uri);
    this.#remembered.delete(host);
    this.#remembered.set(host, protections);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** The challenges to one request and the credentials it carries for them. */
export class ChallengeAnswers {
  readonly #credentials: Credentials | undefined;
  readonly #tokens: Tokens;
  readonly #authenticator: ClientAuthenticator;
  readonly #answered = new Set<string>();
  #protections: readonly Protection[] | undefined;

  constructor(credentials: Credentials | undefined, tokens: Tokens, authenticator: ClientAuthenticator) {
    this.#credentials = credentials;
    this.#tokens = tokens;
    this.#authenticator = authenticator;
  }

  /** The request with credentials for every realm known to ask for them. */
  prepare(request: SipRequest): SipRequest {
    if (this.#credentials === undefined) return request;
    this.#protections ??= this.#authenticator.recall(request.uri);
    if (this.#protections.length === 0) return request;
    let headers = request.headers.without('Authorization').without('Proxy-Authorization');
    for (const protection of this.#protections) {
      const user = this.#userFor(protection.challenge.realm);
      if (user !== undefined)
        headers = headers.append(protection.header, credentialsFor(request, protection, user));
    }
    return { ...request, headers };
  }

  /** Takes note of a 401 or 407; false where there is nothing more to try. */
  accept(request: SipRequest, response: SipResponse): boolean {
    if (this.#credentials === undefined) return false;
    const asked = protectionsIn(response, () => this.#tokens.next());
    const fresh = asked.filter(({ header, challenge }) => this.#mayAnswer(header, challenge));
    if (fresh.length === 0) return false;
    for (const { header, challenge } of fresh) this.#answered.add(`${header} ${challenge.realm}`);
    const kept = (this.#protections ?? []).filter((old) => !fresh.some((other) => sameRealm(old, other)));
    this.#protections = [...kept, ...fresh];
    this.#authenticator.remember(request.uri, this.#protections);
    return true;
  }

  /** RFC 3261 section 22.2: credentials that were refused are not tried again, unless only the nonce was stale. */
  #mayAnswer(header: CredentialsHeader, challenge: DigestChallenge): boolean {
    if (this.#userFor(challenge.realm) === undefined) return false;
    return challenge.stale || !this.#answered.has(`${header} ${challenge.realm}`);
  }

  #userFor(realm: string): UserCredentials | undefined {
    return typeof this.#credentials === 'function' ? this.#credentials(realm) : this.#credentials;
  }
}

function sameRealm(a: Protection, b: Protection): boolean {
  return a.header === b.header && a.challenge.realm === b.challenge.realm;
}

/** The strongest challenge of each realm (RFC 8760 section 2.4). */
function protectionsIn(response: SipResponse, newCnonce: () => string): readonly Protection[] {
  const proxy = response.status === 407;
  if (!proxy && response.status !== 401) return [];
  const header = proxy ? 'Proxy-Authorization' : 'Authorization';
  const strongest = new Map<string, Protection>();
  for (const row of response.headers.all(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')) {
    const challenge = readChallenge(row);
    const algorithm = challenge && digestAlgorithm(challenge.algorithm);
    if (challenge === undefined || algorithm === undefined || !hasKnownQop(challenge)) continue;
    const best = strongest.get(challenge.realm);
    if (best === undefined || rank(algorithm) < rank(best.algorithm))
      strongest.set(challenge.realm, { header, challenge, algorithm, cnonce: newCnonce(), count: 0 });
  }
  return [...strongest.values()];
}

function rank(algorithm: DigestAlgorithm): number {
  return digestAlgorithms.indexOf(algorithm);
}

function hasKnownQop({ qop }: DigestChallenge): boolean {
  return qop.length === 0 || qop.includes('auth') || qop.includes('auth-int');
}

function readChallenge(row: string): DigestChallenge | undefined {
  try {
    return parseChallenge(row);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

function qopOf({ qop }: DigestChallenge): 'auth' | 'auth-int' | undefined {
  if (qop.length === 0) return undefined;
  return qop.includes('auth') ? 'auth' : 'auth-int';
}

function credentialsFor(
  request: SipRequest,
  protection: Protection,
  { username, password }: UserCredentials,
): string {
  const { challenge, algorithm, cnonce } = protection;
  const { realm, nonce, opaque } = challenge;
  const qop = qopOf(challenge);
  protection.count += 1;
  const counted = qop === undefined ? {} : { qop, cnonce, nonceCount: protection.count };
  const session = algorithm.endsWith('-sess') ? { cnonce } : {};
  const { method, uri, body } = request;
  const secret = ha1(username, realm, password, algorithm);
  const response = digestResponse({
    algorithm,
    ha1: secret,
    nonce,
    method,
    uri,
    body,
    ...session,
    ...counted,
  });
  return serializeCredentials({
    username,
    realm,
    nonce,
    uri,
    response,
    algorithm: challenge.algorithm,
    ...(opaque !== undefined && { opaque }),
    ...session,
    ...counted,
  });
}

/** What requests to one server have in common. */
function hostOf(uri: string): string {
  const host = uri.slice(uri.indexOf('@') + 1);
  const end = host.indexOf(';');
  return end === -1 ? host : host.slice(0, end);
}
