import { HeaderFields, type SipMessage, validateMessage } from '@restante/sip';
import { expect, test } from 'vitest';
import { aRequest, aResponse, faultOf } from './bytes.ts';

test('RFC 3261 8.1.1: a message with the mandatory header fields is valid', () => {
  expect(() =>
    validateMessage(aRequest('Max-Forwards: 70\nDate: Sun, 01 Mar 2026 09:20:02 GMT\n')),
  ).not.toThrow();
  expect(() => validateMessage(aResponse())).not.toThrow();
});

for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
  test(`RFC 3261 8.1.1: ${name} is mandatory`, () => {
    for (const message of [aRequest(), aResponse()]) {
      const without: SipMessage = { ...message, headers: message.headers.without(name) };
      expect(faultOf(() => validateMessage(without)).message).toBe(`${name}: missing`);
    }
  });

const faulty: readonly (readonly [string, string, Parameters<typeof aRequest>[1]?])[] = [
  ['CSeq: 1 INVITE', 'CSeq: method MESSAGE expected, found INVITE'],
  ['CSeq: 1 message', 'CSeq: method MESSAGE expected, found message'],
  ['CSeq: 4294967296 MESSAGE', 'CSeq: above 2147483647'],
  ['Max-Forwards: 300', 'Max-Forwards: above 255'],
  ['To: <sip:a@b>\nt: <sip:c@d>', 'To: more than one'],
  ['From: <sip:a@b>;tag=1\nFrom: <sip:a@b>;tag=1', 'From: more than one'],
  ['Content-Type: a/b\nc: a/b', 'Content-Type: more than one'],
  ['Via: SIP/2.0/UDP a, nonsense', 'Via: '],
  ['Via: SIP/2.0/UDP a\nVia: nonsense', 'Via: '],
  ['From: <sip:@b>', 'From: empty user part'],
  ['To: <sip:a@b:99999>', "To: no port: '99999'"],
  ['To: <nothing>', 'To: no scheme'],
  ['Contact: <sip:a@b%>', 'Contact: not a host'],
  ['Contact: <sip:%zz@b>', 'Contact: a broken escape'],
  ['Route: <sip:a b>', 'Route: white space'],
  ['Route: <sip:>', "Route: not a host: ''"],
  ['Record-Route: <sip:a;=x>', 'Record-Route: a parameter without a name'],
  ['Content-Type: text', 'Content-Type: '],
  ['Content-Disposition: "x"', 'Content-Disposition: '],
  ['Expires: never', 'Expires: not a number'],
  ['Date: Fri, 01 Jan 2010 16:00:00 EST', 'Date: '],
  ['Accept: x', 'Accept: '],
  ['', 'Request-URI: holds header fields', { uri: 'sip:a@b?Route=x' }],
  ['', 'Request-URI: no scheme', { uri: 'bob' }],
  ['', 'Request-URI: a character that has to be escaped', { uri: '<sip:a@b>' }],
];

for (const [rows, fault, start] of faulty)
  test(`RFC 3261 8.2: ${rows.replace('\n', ' | ') || start?.uri} is answered by 400 ${fault}`, () => {
    const message = aRequest(rows, start);
    const found = faultOf(() => validateMessage(message));
    expect(found.message).toContain(fault);
    expect([found.status, found.partial]).toEqual([400, message]);
  });

const tolerated = [
  'Date: 2026-03-01',
  'Expires: soon',
  'Accept: x',
  'Contact: <sip:a@b%>',
  'Server: a\nServer: b',
  'Content-Type: text',
];

for (const rows of tolerated)
  test(`RFC 3261 18.1.2: a response with ${rows.replace('\n', ' | ')} still ends its transaction`, () =>
    expect(() => validateMessage(aResponse(rows))).not.toThrow());

test('RFC 3261 18.1.2: a fault of a response cannot be answered', () => {
  expect(faultOf(() => validateMessage(aResponse('CSeq: x y'))).partial).toBeUndefined();
});

const accepted = [
  'To: <tel:+1-555-0100;phone-context=example.com>',
  'To: <isbn:123>',
  'Contact: *',
  'Require: nobody-knows-this',
  'Max-Forwards: 0',
  'From: Alice Smith <sip:alice@example.com>',
  'Via: SIP/7.0/UDP a',
  'X-Note: one\nX-Note: two',
  'Contact: <sip:a@b>\nm: <sip:c@d>',
];

for (const rows of accepted)
  test(`RFC 3261 8.2: ${rows.replace('\n', ' | ')} is for the layers above`, () =>
    expect(() => validateMessage(aRequest(rows))).not.toThrow());

test('a name that is unknown may stand twice in header fields that were set', () => {
  const message = aRequest();
  const headers = message.headers.concat([
    ['X-A', '1'],
    ['X-B', '1'],
    ['X-A', '2'],
  ]);
  expect(() => validateMessage({ ...message, headers })).not.toThrow();
  expect(() =>
    validateMessage({ ...message, headers: HeaderFields.of([...headers, ['To', '<sip:a@b>']]) }),
  ).toThrow('To: more than one');
});
