import { canonicalUser, isAnonymous } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import {
  assertedIdentities,
  from,
  noParameters,
  parseNameAddress,
  parseUri,
  serializeNameAddress,
  serializeUri,
  SipRejection,
} from '@restante/sip';
import type { IncomingRequest, NameAddress, Parameters, SipRequest, SipUri } from '@restante/sip';
import type { Authentication } from './authentication.ts';
import { Memo } from './memo.ts';
import { readableUri, servedUser } from './served-user.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** Who sent a message, as far as somebody vouches for it. */
export interface Originator {
  /** The address in the form in which two messages of one sender are compared (D-6). */
  readonly user: CpmUser;
  /** The address vouched for, as written. */
  readonly address: string;
  readonly name?: string;
  /** P-Asserted-Identity values for the recipient; none where the sender withholds them (RFC 3325 section 7). */
  readonly asserted: readonly string[];
  readonly withheld: boolean;
}

export interface RequesterParts {
  readonly authentication: Authentication;
  readonly settings: Pick<ParticipatingFunctionSettings, 'domain' | 'isTrusted'>;
}

/**
 * Who asks: what a trusted network asserts (RFC 3325), or a user who has proved it by digest (D-17).
 * What anybody else asserts is not read.
 */
export class Requester {
  readonly #authentication: Authentication;
  readonly #settings: RequesterParts['settings'];
  readonly #identities = new Memo<Pick<Originator, 'user' | 'address'>>();

  constructor({ authentication, settings }: RequesterParts) {
    this.#authentication = authentication;
    this.#settings = settings;
  }

  isTrusted({ flow }: IncomingRequest): boolean {
    return this.#settings.isTrusted(flow.remote.host);
  }

  /** Who sends this message. A trusted network that asserts nothing vouches for its From. */
  async originator(incoming: IncomingRequest): Promise<Originator> {
    const { request } = incoming;
    const { domain } = this.#settings;
    if (!this.isTrusted(incoming)) return this.#originatorBy(await this.#accountOf(incoming), request);
    const asserted = addressable(assertedIdentities(request));
    const first = asserted[0] ?? from(request);
    const withheld = isWithheld(request);
    const { user, address } = this.#identities.of(first.uri, (uri) => ({
      user: canonicalUser(parseUri(uri), domain),
      address: addressOf(uri, domain),
    }));
    const told = asserted.length === 0 ? [{ ...first, uri: address }] : asserted;
    return {
      user,
      address,
      ...nameOf(first, from(request)),
      asserted: withheld ? [] : told.map(bare),
      withheld,
    };
  }

  /** Whose queue a pull is about (D-17). The refusal says nothing of what waits. */
  async puller(incoming: IncomingRequest): Promise<CpmUser> {
    if (!this.isTrusted(incoming)) return this.#accountOf(incoming);
    const { request } = incoming;
    const [asserted] = addressable(assertedIdentities(request));
    // RFC 5502: on the way from the serving network the user whose queue it is, whoever the originator.
    const served = request.headers.get('P-Served-User');
    const named = served === undefined ? asserted : parseNameAddress(served, 'P-Served-User');
    const user = named && servedUser(parseUri(named.uri), this.#settings.domain);
    if (user === undefined) throw new SipRejection(403);
    return user;
  }

  /** May the address of record be registered by this request? (RFC 3261 section 10.3 steps 3 and 4.) */
  async authorizeRegistration(incoming: IncomingRequest, user: CpmUser): Promise<void> {
    if (this.isTrusted(incoming)) return;
    const account = await this.#authentication.account(incoming);
    if (account !== user) throw new SipRejection(403, { reason: 'To is not the address of this account' });
  }

  /** The account whose credentials the request bears, which From has to name. */
  async #accountOf(incoming: IncomingRequest): Promise<CpmUser> {
    const account = await this.#authentication.account(incoming);
    const { uri } = from(incoming.request);
    if (isAnonymous(uri)) return account;
    const named = readableUri(uri);
    if (named === undefined || servedUser(named, this.#settings.domain) !== account)
      throw new SipRejection(403, { reason: 'From is not the address of this account' });
    return account;
  }

  #originatorBy(account: CpmUser, request: SipRequest): Originator {
    const withheld = isWithheld(request);
    const named = from(request);
    return {
      user: account,
      address: isAnonymous(named.uri) ? account : addressOf(named.uri, this.#settings.domain),
      ...nameOf(named, named),
      asserted: withheld ? [] : [bare({ ...named, uri: addressOf(named.uri, this.#settings.domain) })],
      withheld,
    };
  }
}

/** RFC 3325 section 9.1: one sip or sips and one tel address; others say nothing to us. */
function addressable(identities: readonly NameAddress[]): readonly NameAddress[] {
  return identities.filter(({ uri }) => /^(?:sips?|tel):/i.test(uri));
}

function bare({ displayName, uri }: NameAddress): string {
  return serializeNameAddress({
    uri,
    parameters: noParameters,
    ...(displayName !== undefined && { displayName }),
  });
}

/** An identity names the user, never a device: no parameters. Port and transport are those of a client, but elsewhere the way. */
function addressOf(uri: string, domain: string): string {
  const parsed = parseUri(uri);
  if (parsed.kind === 'absolute') return uri;
  return serializeUri(
    parsed.kind === 'tel'
      ? { ...parsed, parameters: contextOf(parsed.parameters) }
      : {
          kind: 'sip',
          scheme: parsed.scheme,
          ...userOf(parsed),
          host: parsed.host,
          ...(parsed.host === domain ? { parameters: noParameters } : wayOf(parsed)),
          headers: new Map(),
        },
  );
}

/** RFC 3263 section 4: without these the host might be asked at another port than its own. */
function wayOf({ port, parameters }: SipUri): Pick<SipUri, 'port' | 'parameters'> {
  const transport = parameters.get('transport');
  return {
    ...(port !== undefined && { port }),
    parameters: transport === undefined ? noParameters : new Map([['transport', transport]]),
  };
}

// RFC 3966 section 5.1.5: without its context a local number is nobody's.
function contextOf(parameters: Parameters): Parameters {
  return new Map([...parameters].filter(([name]) => name === 'phone-context'));
}

function userOf({ user }: SipUri): { readonly user?: string } {
  return user === undefined ? {} : { user };
}

function nameOf(identity: NameAddress, written: NameAddress): { readonly name?: string } {
  const name = identity.displayName ?? written.displayName;
  return name === undefined || name === '' ? {} : { name };
}

/** RFC 3323 section 4.2, RFC 3325 section 9.3: the sender does not want to be known. */
function isWithheld(request: SipRequest): boolean {
  if (isAnonymous(from(request).uri)) return true;
  if (!request.headers.has('Privacy')) return false;
  const wanted = request.headers.all('Privacy').flatMap((row) => row.toLowerCase().split(/[;,]/));
  return wanted.some((value) => ['id', 'user'].includes(value.trim()));
}
