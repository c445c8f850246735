import { expect, test } from 'vitest';
import { endToEndHeaders } from '../../src/participating-function/end-to-end-headers.ts';
import type { Originator } from '../../src/participating-function/requester.ts';
import { alice, start } from './deferred/values.ts';
import { aRequest } from './requests.ts';

const originator: Originator = {
  user: alice,
  address: alice,
  asserted: [`"Alice" <${alice}>`],
  withheld: false,
};

function kept(
  headers: Record<string, string | readonly string[]>,
  facts: { originator?: Originator; trusted?: boolean } = {},
): string[] {
  const rows = endToEndHeaders(aRequest({ headers }), { originator, trusted: true, now: start, ...facts });
  return rows.map(([name, value]) => `${name}: ${value}`);
}

test('D-19: end-to-end header fields go through unchanged, in their order', () => {
  const rows = kept({
    Date: 'Sun, 01 Mar 2026 08:00:00 GMT',
    Expires: '86400',
    Subject: 'Lunch',
    Priority: 'urgent',
    'Conversation-ID': 'f0c1',
    'Contribution-ID': '0c9a',
    'InReplyTo-Contribution-ID': '0b',
    'X-Unknown': 'kept',
  });
  expect(rows).toEqual([
    'From: "Alice" <sip:alice@example.com>',
    'To: <sip:bob@example.com>',
    'P-Asserted-Identity: "Alice" <sip:alice@example.com>',
    'Content-Type: message/cpim',
    'Date: Sun, 01 Mar 2026 08:00:00 GMT',
    'Expires: 86400',
    'Subject: Lunch',
    'Priority: urgent',
    'Conversation-ID: f0c1',
    'Contribution-ID: 0c9a',
    'InReplyTo-Contribution-ID: 0b',
    'X-Unknown: kept',
  ]);
});

test('D-19: what belongs to one hop or one transaction ends here', () => {
  const rows = kept({
    Route: '<sip:pf.example.com;lr>',
    'Record-Route': '<sip:edge.example.com;lr>',
    Contact: '<sip:alice@192.0.2.1>',
    Authorization: 'Digest username="alice"',
    'Proxy-Authorization': 'Digest username="alice"',
    'P-Preferred-Identity': '<sip:mallory@example.com>',
    'P-Asserted-Identity': '<sip:mallory@example.com>',
    'P-Access-Network-Info': '3GPP-E-UTRAN',
    'User-Agent': 'CPM-client/OMA1.0',
    Supported: 'path',
  });
  const names = rows.map((row) => row.split(':')[0]);
  expect(names).toEqual(['From', 'To', 'P-Asserted-Identity', 'Date', 'Content-Type']);
  expect(rows.join()).not.toContain('mallory');
});

test('RFC 3261 7.3.3: compact names are understood', () => {
  const rows = kept({
    s: 'Lunch',
    a: '*;audio',
    m: '<sip:alice@192.0.2.1>',
    k: 'path',
    c: 'message/cpim',
    'Content-Type': '',
  });
  expect(rows.slice(-3)).toEqual(['Subject: Lunch', 'Accept-Contact: *;audio', 'Content-Type: message/cpim']);
});

test('RFC 3428 7: a message without Date gets the time of its acceptance', () => {
  expect(kept({})).toContain('Date: Sun, 01 Mar 2026 09:00:00 GMT');
});

test('RFC 3325 7: a sender that is withheld stands nowhere', () => {
  const withheld = { ...originator, asserted: [], withheld: true };
  const rows = kept({ Privacy: 'id' }, { originator: withheld });
  expect(rows).toContain('From: "Anonymous" <sip:anonymous@anonymous.invalid>');
  expect(rows).toContain('Privacy: id');
  expect(rows.join()).not.toContain('alice');
});

test('RFC 6050: only a trusted network asserts a service; a user may prefer a message service', () => {
  const msg = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg';
  const system = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.systemmsg';
  expect(kept({ 'P-Asserted-Service': 'urn:urn-7:x' })).toContain('P-Asserted-Service: urn:urn-7:x');
  expect(kept({ 'P-Asserted-Service': system }, { trusted: false }).join()).not.toContain(
    'P-Asserted-Service',
  );
  expect(kept({ 'P-Preferred-Service': msg }, { trusted: false })).toContain(`P-Asserted-Service: ${msg}`);
  expect(kept({ 'P-Preferred-Service': system }, { trusted: false }).join()).not.toContain(
    'P-Asserted-Service',
  );
});
