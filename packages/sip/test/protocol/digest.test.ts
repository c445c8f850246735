import {
  digestAlgorithm,
  type DigestChallenge,
  type DigestCredentials,
  digestEquals,
  digestResponse,
  ha1,
  parseChallenge,
  parseCredentials,
  serializeChallenge,
  serializeCredentials,
} from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf, octets } from './bytes.ts';

const mufasa = {
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  method: 'GET',
  uri: '/dir/index.html',
  qop: 'auth',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
} as const;

const published = [
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
] as const;

for (const [algorithm, response] of published)
  test(`RFC 7616 3.9.1: the response by ${algorithm}`, () => {
    const secret = ha1('Mufasa', 'http-auth@example.org', 'Circle of Life', algorithm);
    expect(digestResponse({ ...mufasa, algorithm, ha1: secret })).toBe(response);
  });

test('RFC 2617 3.5: the response of 1999, and without qop', () => {
  const old = {
    algorithm: 'MD5' as const,
    ha1: ha1('Mufasa', 'testrealm@host.com', 'Circle Of Life', 'MD5'),
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    method: 'GET',
    uri: '/dir/index.html',
  };
  expect(old.ha1).toBe('939e7578ed9e3c518a452acee763bce9');
  expect(digestResponse({ ...old, qop: 'auth', cnonce: '0a4f113b' })).toBe(
    '6629fae49393a05397450978507c4ef1',
  );
  expect(digestResponse(old)).toBe('670fd8c2df070c60b045671b8b24ff02');
});

test('RFC 7616 3.4.2: the -sess algorithms take nonce and cnonce into the secret', () => {
  for (const algorithm of ['MD5', 'SHA-256'] as const) {
    const secret = ha1('u', 'r', 'p', algorithm);
    expect(ha1('u', 'r', 'p', `${algorithm}-sess`)).toBe(secret);
    const session = ha1(secret, mufasa.nonce, mufasa.cnonce, algorithm);
    expect(digestResponse({ ...mufasa, algorithm: `${algorithm}-sess`, ha1: secret })).toBe(
      digestResponse({ ...mufasa, algorithm, ha1: session }),
    );
  }
});

test('RFC 7616 3.4.3: auth-int covers the body, and the nonce count counts', () => {
  const input = { ...mufasa, algorithm: 'SHA-256' as const, ha1: 'x', qop: 'auth-int' as const };
  const all = [
    digestResponse(input),
    digestResponse({ ...input, body: octets('a') }),
    digestResponse({ ...input, nonceCount: 2 }),
    digestResponse({ ...input, qop: 'auth' }),
    digestResponse({ ...input, method: 'MESSAGE' }),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(digestResponse({ ...input, nonceCount: 1, body: new Uint8Array(0) })).toBe(all[0]);
});

test('RFC 8760 2.2: algorithms compare without case, an unknown one is undefined', () => {
  expect(['md5', 'SHA-256', 'sha-256-SESS'].map(digestAlgorithm)).toEqual(['MD5', 'SHA-256', 'SHA-256-sess']);
  expect(digestAlgorithm('SHA-512-256')).toBeUndefined();
});

const challenges: readonly (readonly [string, DigestChallenge])[] = [
  ['Digest realm="a\\"b", nonce="n"', { realm: 'a"b', nonce: 'n', algorithm: 'MD5', qop: [], stale: false }],
  [
    'digest  Realm = "r",nonce="n" , ,algorithm=SHA-256, qop="auth, Auth-Int",stale=TRUE,opaque="",domain="sip:x"',
    {
      realm: 'r',
      nonce: 'n',
      algorithm: 'SHA-256',
      qop: ['auth', 'auth-int'],
      stale: true,
      opaque: '',
      domain: 'sip:x',
    },
  ],
  [
    'Digest realm=r, nonce=abc==, qop=auth',
    { realm: 'r', nonce: 'abc==', algorithm: 'MD5', qop: ['auth'], stale: false },
  ],
];

for (const [text, expected] of challenges)
  test(`RFC 7616 3.3: ${text}`, () => {
    expect(parseChallenge(text)).toEqual(expected);
    expect(parseChallenge(serializeChallenge(expected))).toEqual(expected);
  });

test('RFC 7616 3.3: quoted and bare as the clause says', () => {
  expect(
    serializeChallenge({
      realm: 'r',
      nonce: 'n',
      opaque: 'o',
      algorithm: 'SHA-256',
      qop: ['auth', 'auth-int'],
      stale: true,
    }),
  ).toBe('Digest realm="r", nonce="n", opaque="o", stale=true, algorithm=SHA-256, qop="auth,auth-int"');
});

const credentials: DigestCredentials = {
  username: 'bob "x"',
  realm: 'r',
  nonce: 'n',
  uri: 'sip:a@b',
  response: '00',
  algorithm: 'SHA-256',
  opaque: 'o',
  qop: 'auth',
  cnonce: 'c',
  nonceCount: 26,
};

test('RFC 7616 3.4: quoted and bare as the clause says', () => {
  expect(serializeCredentials(credentials)).toBe(
    'Digest username="bob \\"x\\"", realm="r", nonce="n", uri="sip:a@b", response="00", algorithm=SHA-256, cnonce="c", opaque="o", qop=auth, nc=0000001a',
  );
  expect(parseCredentials(serializeCredentials(credentials))).toEqual(credentials);
  const { opaque: _o, qop: _q, cnonce: _c, nonceCount: _n, ...legacy } = { ...credentials, algorithm: 'MD5' };
  expect(parseCredentials(serializeCredentials(legacy))).toEqual(legacy);
});

test('RFC 4475 3.3.7: another scheme is no fault', () => {
  for (const text of ['Basic abc', 'NoOneKnowsThisScheme opaque-data=here', 'Digestive x'])
    expect([parseChallenge(text), parseCredentials(text)]).toEqual([undefined, undefined]);
});

const wrong = [
  ['', 'scheme expected'],
  ['Digest', 'no realm'],
  ['Digest realm="r"', 'no nonce'],
  ['Digest realm="r" nonce="n"', '\'nonce="n"\' not expected'],
  ['Digest realm="r", nonce="n", realm="q"', 'realm twice'],
  ['Digest realm', "'=' expected after realm"],
  ['Digest realm="r', 'a quoted string does not end'],
  ['Digest realm=', 'has no value'],
] as const;

for (const [text, fault] of wrong)
  test(`RFC 7616 3.3: '${text}' is malformed: ${fault}`, () =>
    expect(faultOf(() => parseChallenge(text)).message).toMatch(new RegExp(`^challenge: .*${fault}`)));

test('RFC 7616 3.4: credentials need their five, and nc eight digits', () => {
  const whole = serializeCredentials(credentials);
  for (const name of ['username', 'realm', 'nonce', 'uri', 'response'])
    expect(faultOf(() => parseCredentials(whole.replace(`${name}=`, 'x='))).message).toBe(
      `credentials: no ${name}`,
    );
  expect(faultOf(() => parseCredentials(whole.replace('0000001a', '1a'))).message).toContain(
    'nc is not eight',
  );
});

test('injection: what is no token cannot be written bare', () => {
  expect(() => serializeCredentials({ ...credentials, qop: 'a, b' })).toThrow(TypeError);
  expect(() =>
    serializeChallenge({ realm: 'r', nonce: 'n', algorithm: 'a b', qop: [], stale: false }),
  ).toThrow(TypeError);
});

test('a comparison in constant time is a comparison', () => {
  expect([
    digestEquals('ab', 'ab'),
    digestEquals('ab', 'ac'),
    digestEquals('ab', 'abc'),
    digestEquals('', ''),
  ]).toEqual([true, false, false, true]);
});

test('any names survive the wire', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(
    fc.property(text, text, text, (username, realm, nonce) => {
      const all = { ...credentials, username, realm, nonce };
      expect(parseCredentials(serializeCredentials(all))).toEqual(all);
    }),
  );
});
