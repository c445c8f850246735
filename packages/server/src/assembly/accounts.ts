import { canonicalUser } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import { ha1, parseUri } from '@restante/sip';
import type { Configuration } from '../config.ts';
import type { UserAccount, UserAccounts } from '../participating-function/ports.ts';

export interface Credentials {
  readonly address: string;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
}

/** H(A1) of both algorithms; the password itself is kept nowhere (RFC 8760). */
export function accountFor({ address, username, realm, password }: Credentials, domain: string): UserAccount {
  return {
    user: canonicalUser(parseUri(address), domain),
    username,
    realm,
    ha1Md5: ha1(username, realm, password, 'MD5'),
    ha1Sha256: ha1(username, realm, password, 'SHA-256'),
  };
}

/** The users of the configuration file in front of those of the table; only the table can be changed. */
export function configuredAccounts(configuration: Configuration, table: UserAccounts): UserAccounts {
  const accounts = configuration.users.map((user) => accountOf(user, configuration));
  const byName = new Map(accounts.map((account) => [account.username, account]));
  const users = new Set<CpmUser>(accounts.map(({ user }) => user));
  return {
    find: async (username, realm) => {
      const account = realm === configuration.domain ? byName.get(username) : undefined;
      return account ?? table.find(username, realm);
    },
    known: async (user) => users.has(user) || table.known(user),
    put: (account) => table.put(account),
    remove: (user) => table.remove(user),
    list: async () => [...accounts, ...(await table.list()).filter(({ user }) => !users.has(user))],
  };
}

function accountOf(user: Configuration['users'][number], configuration: Configuration): UserAccount {
  const { username, password, ha1: hashes, uri = `sip:${username}@${configuration.domain}` } = user;
  const realm = configuration.domain;
  if (hashes === undefined) {
    return accountFor({ address: uri, username, realm, password: password ?? '' }, configuration.domain);
  }
  return {
    user: canonicalUser(parseUri(uri), configuration.domain),
    username,
    realm,
    ha1Md5: hashes.md5,
    ha1Sha256: hashes.sha256,
  };
}
