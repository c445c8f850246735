import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { test } from 'vitest';
import { checkSipIdentity } from '../../src/transport/tls-identity.ts';
import { testCertificate } from './tls-fixture.ts';

const shown: PeerCertificate = new X509Certificate(testCertificate).toLegacyObject();

function withNames(subjectaltname: string | undefined, commonName = 'cn.example.com'): PeerCertificate {
  const { subjectaltname: _, ...rest } = shown;
  return {
    ...rest,
    subject: { ...shown.subject, CN: commonName },
    ...(subjectaltname && { subjectaltname }),
  };
}

const rows: readonly [clause: string, name: string, certificate: PeerCertificate, accepted: boolean][] = [
  ['7.2: a SIP URI is an identity', 'pf.example.com', shown, true],
  ['7.2: compared without case', 'PF.Example.COM', shown, true],
  ['7.2: DNS names do not count beside SIP URIs', 'dns.example.com', shown, false],
  ['7.1: a URI with a user is no domain', 'example.com', withNames('URI:sip:bob@example.com'), false],
  ['7.2: DNS names count where there is no SIP URI', 'a.example.com', withNames('DNS:a.example.com'), true],
  ['7.1: wildcards match nothing', 'a.example.com', withNames('DNS:*.example.com'), false],
  ['7.2: the common name counts last', 'cn.example.com', withNames(undefined), true],
  [
    '7.2: the common name does not count beside a DNS name',
    'cn.example.com',
    withNames('DNS:a.example.com'),
    false,
  ],
  ['an address is compared as TLS does', '127.0.0.1', shown, true],
  ['another address is refused', '192.0.2.1', shown, false],
];

for (const [clause, name, certificate, accepted] of rows)
  test(`RFC 5922 ${clause}`, () => {
    assert.equal(checkSipIdentity(name, certificate) === undefined, accepted);
  });
