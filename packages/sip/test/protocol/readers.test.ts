import {
  acceptContacts,
  accepts,
  assertedIdentities,
  callId,
  contacts,
  contentDisposition,
  contentLength,
  contentType,
  cseq,
  date,
  expires,
  from,
  HeaderFields,
  maxForwards,
  paths,
  preferredIdentities,
  recordRoutes,
  rejectContacts,
  retryAfter,
  routes,
  serviceRoutes,
  type SipRequest,
  to,
  tokens,
  topVia,
  vias,
  warnings,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { aRequest, faultOf } from './bytes.ts';

const empty: SipRequest = { ...aRequest(), headers: HeaderFields.empty };

const sequences = [
  ['1 MESSAGE', 1, 'MESSAGE'],
  ['0009\t INVITE', 9, 'INVITE'],
  ['2147483647 !odd%', 2_147_483_647, '!odd%'],
] as const;

for (const [value, sequence, method] of sequences)
  test(`RFC 3261 20.16: CSeq ${JSON.stringify(value)}`, () =>
    expect(cseq(aRequest(`CSeq: ${value}\n`))).toEqual({ sequence, method }));

const faults: readonly (readonly [string, (message: SipRequest) => unknown, string])[] = [
  ['CSeq: x MESSAGE', cseq, 'CSeq: not a number'],
  ['CSeq: -1 MESSAGE', cseq, 'CSeq: not a number'],
  ['CSeq: 2147483648 MESSAGE', cseq, 'CSeq: above 2147483647'],
  ['CSeq: 1', cseq, 'CSeq: no method'],
  ['CSeq: 1MESSAGE', cseq, 'CSeq: no method'],
  ['CSeq: 1 MES SAGE', cseq, 'CSeq: no method'],
  ['Call-ID:', callId, 'Call-ID: empty'],
  ['Call-ID: a b', callId, 'Call-ID: white space'],
  ['Max-Forwards: 256', maxForwards, 'Max-Forwards: above 255'],
  ['Max-Forwards: many', maxForwards, 'Max-Forwards: not a number'],
  ['Max-Forwards: -1', maxForwards, 'Max-Forwards: not a number'],
  ['Max-Forwards:', maxForwards, 'Max-Forwards: not a number'],
  ['Expires: soon', expires, 'Expires: not a number'],
  ['Content-Type: text', contentType, "Content-Type: '/' expected after the type"],
  ['Content-Type: text/', contentType, 'Content-Type: subtype expected'],
  ['Content-Type: text/plain charset=x', contentType, "Content-Type: 'charset=x' not expected"],
  ['Content-Type: text/plain;charset', contentType, ''],
  ['Content-Disposition: ;x', contentDisposition, 'Content-Disposition: type expected'],
  ['Contact: *, <sip:a@b>', contacts, 'Contact: '],
  ['Contact: *\nContact: <sip:a@b>', contacts, "Contact: '*' has to stand alone"],
  ['Warning: 399 host text', warnings, 'Warning: a quoted text expected'],
  ['Warning: 1812 host "x"', warnings, 'Warning: a code of three digits expected'],
  ['Require: a b', (m) => tokens(m, 'Require'), "Require: 'b' not expected"],
  ['Require: a,', (m) => tokens(m, 'Require'), 'Require: token expected'],
  ['Date: today', date, 'Date: a date in GMT'],
  ['Retry-After: later', retryAfter, 'Retry-After: not a number'],
  ['Accept-Contact: sip:a@b', acceptContacts, "Accept-Contact: '*' expected"],
  ['Reject-Contact: x', rejectContacts, "Reject-Contact: '*' expected"],
  ['Via: SIP/2.0/UDP', topVia, 'Via: '],
  ['From: <sip:a@b', from, "From: '>' expected"],
  ['To: "Bob', to, 'To: a quoted string does not end'],
  ['Route: sip:a, , sip:b', routes, 'Route: no address'],
];

for (const [row, read, fault] of faults.filter(([, , fault]) => fault !== ''))
  test(`RFC 3261 20: '${row.replace('\n', ' | ')}' is malformed: ${fault}`, () =>
    expect(faultOf(() => read(aRequest(row))).message).toContain(fault));

const required: readonly (readonly [string, (message: SipRequest) => unknown])[] = [
  ['Via', topVia],
  ['From', from],
  ['To', to],
  ['Call-ID', callId],
  ['CSeq', cseq],
];

for (const [name, read] of required)
  test(`RFC 3261 8.1.1: ${name} has to be there`, () =>
    expect(faultOf(() => read(empty)).message).toBe(`${name}: missing`));

test('what may be missing is undefined or empty', () => {
  for (const read of [
    maxForwards,
    expires,
    contentLength,
    contentType,
    contentDisposition,
    accepts,
    date,
    retryAfter,
  ])
    expect(read(empty)).toBeUndefined();
  for (const read of [vias, contacts, routes, recordRoutes, paths, serviceRoutes, warnings, acceptContacts])
    expect(read(empty)).toEqual([]);
  expect(tokens(empty, 'Require')).toEqual([]);
});

test('RFC 3261 7.3.1: values in one row and over several rows are one list, in order', () => {
  const message = aRequest(
    'Via: SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b\nv: SIP/2.0/TLS c:5061\nRoute: <sip:r1;lr>,"x, y" <sip:r2>\nRoute: <sip:r3>\n',
  );
  expect(vias(message).map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  expect(topVia(message)).toMatchObject({ host: 'a', branch: '1' });
  expect(routes(message).map(({ uri }) => uri)).toEqual(['sip:r1;lr', 'sip:r2', 'sip:r3']);
});

const addressFields = [
  ['Record-Route', recordRoutes],
  ['Path', paths],
  ['Service-Route', serviceRoutes],
  ['P-Asserted-Identity', assertedIdentities],
  ['P-Preferred-Identity', preferredIdentities],
] as const;

for (const [name, read] of addressFields)
  test(`${name}: a list of addresses`, () =>
    expect(read(aRequest(`${name}: <sip:a@b>, <tel:+1>\n`)).map(({ uri }) => uri)).toEqual([
      'sip:a@b',
      'tel:+1',
    ]));

test('RFC 3261 10.2.2: Contact may be a star alone', () => {
  expect(contacts(aRequest('m: *\n'))).toBe('*');
  expect(contacts(aRequest('m: <sip:a@b>;expires=5, sip:c@d\n'))).toMatchObject([
    { uri: 'sip:a@b' },
    { uri: 'sip:c@d' },
  ]);
});

test('a value is read once', () => {
  const message = aRequest();
  for (const read of [topVia, cseq, from, to]) expect(read(message)).toBe(read(message));
});

test('RFC 3261 20.19, 20.22, 20.33: numbers, the large ones cut where a limit is none', () => {
  const message = aRequest(
    'Max-Forwards: 0\nExpires: 99999999999999999999\nRetry-After: 18000;duration=3600 (in a meeting)\n',
  );
  expect([maxForwards(message), expires(message), retryAfter(message)]).toEqual([0, 4_294_967_295, 18_000]);
});

test('RFC 3261 20.15: a media type is in lower case, its parameter values as written', () => {
  const read = contentType(aRequest('c: Multipart/Mixed ; boundary="a B;c" ;Charset=UTF-8\n'));
  expect([read?.name, ...(read?.parameters ?? [])]).toEqual([
    'multipart/mixed',
    ['boundary', 'a B;c'],
    ['charset', 'UTF-8'],
  ]);
});

test('RFC 3261 20.1: Accept is a list of media ranges, and empty is not the same as missing', () => {
  const read = accepts(aRequest('Accept: message/cpim, application/*;q=0.2\nAccept: */*\n'));
  expect(read?.map(({ name }) => name)).toEqual(['message/cpim', 'application/*', '*/*']);
  expect(accepts(aRequest('Accept:\n'))).toEqual([]);
});

test('RFC 5366 section 3: Content-Disposition says what a body part is for', () => {
  const read = contentDisposition(aRequest('Content-Disposition: Recipient-List; handling=optional\n'));
  expect([read?.type, ...(read?.parameters ?? [])]).toEqual(['recipient-list', ['handling', 'optional']]);
});

test('RFC 3261 20.43: warnings have code, agent and text', () => {
  const read = warnings(
    aRequest('Warning: 399 pf.example.com "125 No messages", 301 [::1]:5060 "a \\"b\\""\n'),
  );
  expect(read).toEqual([
    { code: 399, agent: 'pf.example.com', text: '125 No messages' },
    { code: 301, agent: '[::1]:5060', text: 'a "b"' },
  ]);
});

test('RFC 3261 20.32: option tags as written, from all rows', () => {
  expect(tokens(aRequest('k: path, gruu\nSupported: outbound\nSupported:\n'), 'Supported')).toEqual([
    'path',
    'gruu',
    'outbound',
  ]);
});

test('RFC 3841 9.2: predicates from all rows', () => {
  const message = aRequest(
    'a: *;audio;require, *;video\nAccept-Contact: *;+g.x="y";explicit\nj: *;automata\n',
  );
  expect(
    acceptContacts(message).map(({ features, require, explicit }) => [
      [...features.keys()],
      require,
      explicit,
    ]),
  ).toEqual([
    [['audio'], true, false],
    [['video'], false, false],
    [['+g.x'], false, true],
  ]);
  expect(rejectContacts(message).map(({ features }) => [...features.keys()])).toEqual([['automata']]);
});

test('RFC 3261 20.17: Date is an instant', () => {
  expect(date(aRequest('Date: Sun, 01 Mar 2026 09:20:02 GMT\n'))).toBe(Date.UTC(2026, 2, 1, 9, 20, 2));
});
