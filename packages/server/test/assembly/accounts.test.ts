import { ha1 } from '@restante/sip';
import { expect, test } from 'vitest';
import { accountFor, configuredAccounts } from '../../src/assembly/accounts.ts';
import { configurationOf } from '../../src/config.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';

const bob = { address: 'sip:bob@example.com', username: 'bob', realm: 'example.com', password: 'sesame' };

test('RFC 8760: an account is two hashes, never the password; any form of an address is one user', () => {
  const account = accountFor(bob, 'example.com');
  expect(account).toEqual({
    user: 'sip:bob@example.com',
    username: 'bob',
    realm: 'example.com',
    ha1Md5: ha1('bob', 'example.com', 'sesame', 'MD5'),
    ha1Sha256: ha1('bob', 'example.com', 'sesame', 'SHA-256'),
  });
  expect(accountFor({ ...bob, address: 'sips:bob@EXAMPLE.com:5061' }, 'example.com').user).toBe(account.user);
});

test('users of the configuration stand in front of those of the table', async () => {
  const { ha1Md5: md5, ha1Sha256: sha256 } = accountFor({ ...bob, username: 'carol' }, 'example.com');
  const configuration = configurationOf({
    domain: 'example.com',
    managementUri: 'sip:x@example.com',
    users: [
      { username: 'bob', password: 'from-file' },
      { username: 'carol', ha1: { md5, sha256 }, uri: 'sip:+15550100@example.com' },
    ],
  });
  await using store = openMemoryStore();
  const accounts = configuredAccounts(configuration, store.accounts);
  await accounts.put(accountFor(bob, 'example.com'));
  await accounts.put(
    accountFor({ ...bob, address: 'sip:dave@example.com', username: 'dave' }, 'example.com'),
  );

  const found = await accounts.find('bob', 'example.com');
  expect(found?.ha1Md5).toBe(ha1('bob', 'example.com', 'from-file', 'MD5'));
  expect(await accounts.find('carol', 'example.com')).toMatchObject({
    user: 'sip:+15550100@example.com',
    ha1Md5: md5,
  });
  expect(await accounts.find('dave', 'example.com')).toMatchObject({ user: 'sip:dave@example.com' });
  expect(await accounts.find('bob', 'example.org')).toBeUndefined();
  expect((await accounts.list()).map(({ username }) => username)).toEqual(['bob', 'carol', 'dave']);
  const carol = accountFor({ ...bob, address: 'sip:+15550100@example.com' }, 'example.com').user;
  expect(await accounts.known(carol)).toBe(true);
});
