import { expect, test } from 'vitest';
import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { DigestVerifier } from '../src/digest-verifier.ts';
import type { DigestVerdict, DigestVerifierOptions } from '../src/digest-verifier.ts';
import { digestResponse, ha1, parseChallenge, serializeCredentials } from '../src/protocol/digest.ts';
import type { DigestCredentials } from '../src/protocol/digest.ts';
import { aRequest } from './support.ts';

const uri = 'sip:example.com';
const clock = new HandWoundClock();

const verifier = (options: Partial<DigestVerifierOptions> = {}): DigestVerifier =>
  new DigestVerifier({
    realm: 'example.com',
    clock,
    random: new SequenceRandom(5),
    findHa1: async (username, realm, algorithm) =>
      username === 'alice' ? ha1('alice', realm, 'secret', algorithm) : undefined,
    ...options,
  });

const nonceOf = (of: DigestVerifier): string =>
  parseChallenge(of.challenge().headers[0]?.[1] ?? '')?.nonce ?? '';

/** What a client that knows the password would send, with these changes. */
function right(nonce: string, changes: Partial<DigestCredentials> = {}): DigestCredentials {
  const parts = {
    username: 'alice',
    realm: 'example.com',
    nonce,
    uri,
    algorithm: 'SHA-256',
    qop: 'auth',
    cnonce: 'c',
    nonceCount: 1,
  };
  const all = { ...parts, ...changes };
  const algorithm = all.algorithm === 'MD5' ? 'MD5' : 'SHA-256';
  const response = digestResponse({
    algorithm,
    ha1: ha1(all.username, all.realm, 'secret', algorithm),
    nonce: all.nonce,
    method: 'REGISTER',
    uri: all.uri,
    qop: 'auth',
    cnonce: all.cnonce,
    nonceCount: all.nonceCount,
  });
  return { ...all, response: changes.response ?? response };
}

const verdict = (of: DigestVerifier, credentials: DigestCredentials): Promise<DigestVerdict> =>
  of.verify(aRequest('REGISTER', uri, [['Authorization', serializeCredentials(credentials)]]));

test('RFC 3261 22.1: the right password is verified', async () => {
  const server = verifier();
  expect(await verdict(server, right(nonceOf(server)))).toEqual({ kind: 'verified', username: 'alice' });
  expect(await verdict(server, right(nonceOf(server), { algorithm: 'MD5' }))).toMatchObject({
    kind: 'verified',
  });
});

test('no credentials, or those of another realm, are absent', async () => {
  const server = verifier();
  expect(await server.verify(aRequest('REGISTER', uri))).toEqual({ kind: 'absent' });
  expect(await verdict(server, right(nonceOf(server), { realm: 'other.example' }))).toEqual({
    kind: 'absent',
  });
});

const refused: readonly (readonly [string, Partial<DigestCredentials>])[] = [
  ['a wrong response', { response: '0'.repeat(64) }],
  ['an unknown user', { username: 'mallory' }],
  ['another Request-URI', { uri: 'sip:other.example' }],
  ['an algorithm that was not offered', { algorithm: 'SHA-512-256' }],
  ['a protection that was not offered', { qop: 'auth-int' }],
];

for (const [name, changes] of refused)
  test(`RFC 3261 22.1: ${name} is refused`, async () => {
    const server = verifier();
    expect(await verdict(server, right(nonceOf(server), changes))).toMatchObject({ kind: 'refused' });
  });

test('a nonce that is not ours, or was changed, is stale', async () => {
  const server = verifier();
  const nonce = nonceOf(server);
  const forged = [`${nonce}0`, `0${nonce}`, 'x', '', nonceOf(verifier({ random: new SequenceRandom(6) }))];
  for (const wrong of forged) expect(await verdict(server, right(wrong))).toMatchObject({ kind: 'stale' });
});

test('RFC 7616 3.4: a replay is stale, the next count is not', async () => {
  const server = verifier();
  const nonce = nonceOf(server);
  expect(await verdict(server, right(nonce))).toMatchObject({ kind: 'verified' });
  expect(await verdict(server, right(nonce))).toMatchObject({ kind: 'stale' });
  expect(await verdict(server, right(nonce, { nonceCount: 2 }))).toMatchObject({ kind: 'verified' });
});

test('a wrong password does not use up a count', async () => {
  const server = verifier();
  const nonce = nonceOf(server);
  await verdict(server, right(nonce, { response: '0'.repeat(64) }));
  expect(await verdict(server, right(nonce))).toMatchObject({ kind: 'verified' });
});

test('with a shared secret another process takes the nonce', async () => {
  const secret = new Uint8Array(32).fill(7);
  const nonce = nonceOf(verifier({ secret }));
  expect(await verdict(verifier({ secret, random: new SequenceRandom(8) }), right(nonce))).toMatchObject({
    kind: 'verified',
  });
});

test('RFC 8760 2.3: the challenge is a rejection with one row for each algorithm, the strongest first', () => {
  const { status, headers } = verifier().challenge({ stale: true });
  expect(status).toBe(401);
  const challenges = headers.map(([name, value]) => [name, parseChallenge(value)] as const);
  expect(challenges.map(([name, found]) => [name, found?.algorithm, found?.stale, found?.qop])).toEqual([
    ['WWW-Authenticate', 'SHA-256', true, ['auth']],
    ['WWW-Authenticate', 'MD5', true, ['auth']],
  ]);
});
