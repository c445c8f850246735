import type { CpmUser } from '@restante/cpm';
import { DigestVerifier, SipRejection } from '@restante/sip';
import type { Clock, IncomingRequest, Random, SipLog } from '@restante/sip';
import type { UserAccounts } from './ports.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';
import { orUnavailable } from './store-failure.ts';

/** Proves who sends a request (RFC 3261 section 22). */
export interface Authentication {
  /** The user whose credentials it bears; rejects with the challenge or the refusal as a SipRejection. */
  account(incoming: IncomingRequest): Promise<CpmUser>;
}

export interface DigestAuthenticationParts {
  readonly accounts: Pick<UserAccounts, 'find'>;
  readonly settings: Pick<ParticipatingFunctionSettings, 'domain'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SipLog;
}

/** Digest against the user table; the realm is the domain. */
export class DigestAuthentication implements Authentication {
  readonly #parts: DigestAuthenticationParts;
  readonly #verifier: DigestVerifier;

  constructor(parts: DigestAuthenticationParts) {
    const { accounts, settings, clock, random } = parts;
    this.#parts = parts;
    this.#verifier = new DigestVerifier({
      realm: settings.domain,
      clock,
      random,
      findHa1: async (username, realm, algorithm) => {
        const account = await accounts.find(username, realm);
        return algorithm.startsWith('SHA-256') ? account?.ha1Sha256 : account?.ha1Md5;
      },
    });
  }

  async account({ request }: IncomingRequest): Promise<CpmUser> {
    const { accounts, settings, log } = this.#parts;
    const username = await orUnavailable(this.#verifier.authenticate(request), log);
    const account = await orUnavailable(accounts.find(username, settings.domain), log);
    // Removed between the two questions.
    if (account === undefined) throw new SipRejection(403);
    return account.user;
  }
}
