import {
  HeaderFields,
  parseMessage,
  reasonPhrase,
  responseTo,
  serializeMessage,
  type SipRequest,
} from '@restante/sip';
import { expect, test } from 'vitest';
import { aRequest, faultOf, text } from './bytes.ts';

const statuses = [
  [100, 'Trying'],
  [200, 'OK'],
  [202, 'Accepted'],
  [488, 'Not Acceptable Here'],
  [513, 'Message Too Large'],
  [299, 'OK'],
  [499, 'Bad Request'],
  [599, 'Server Internal Error'],
  [699, 'Decline'],
] as const;

for (const [status, reason] of statuses)
  test(`RFC 3261 21: the reason of ${status} is ${reason}`, () => expect(reasonPhrase(status)).toBe(reason));

test('RFC 3261 8.2.6.2: a response has Via, From, To, Call-ID and CSeq of the request as they came', () => {
  const request = aRequest('v: SIP/2.0/TCP  b ;branch=z9hG4bK2\nSubject: x\nTo:\n <sip:bob@example.com>\n');
  const response = responseTo(request, 202, { toTag: 'tt', headers: [['Server', 'x/1']] });
  expect(text(serializeMessage(response))).toBe(
    [
      'SIP/2.0 202 Accepted',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'v: SIP/2.0/TCP  b ;branch=z9hG4bK2',
      'From: <sip:alice@example.com>;tag=a',
      'To: <sip:bob@example.com>;tag=tt',
      'Call-ID: c1@example.com',
      'CSeq: 1 MESSAGE',
      'Server: x/1',
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n'),
  );
});

test('RFC 3261 8.2.6.2: a To tag that is there stays, and 100 needs none', () => {
  const request = aRequest('To: sip:bob@example.com;tag=old\n');
  expect(responseTo(request, 200, { toTag: 'new' }).headers.get('To')).toBe('sip:bob@example.com;tag=old');
  expect(responseTo(aRequest(), 100, { toTag: 'new' }).headers.get('To')).toBe('<sip:bob@example.com>');
});

test('RFC 3261 8.2.6: reason and body are as asked for', () => {
  const body = new Uint8Array([1, 2]);
  expect(responseTo(aRequest(), 488, { reason: 'No messages', body })).toMatchObject({
    reason: 'No messages',
    body,
  });
});

test('RFC 4475 3.1.2.6: a To that cannot be read goes back as it came', () => {
  for (const to of ['"Bob <sip:b@c>', 'Bell, Alexander <sip:b@c>', ''])
    expect(responseTo(aRequest(`To: ${to}\n`), 400, { toTag: 't' }).headers.get('To')).toBe(to);
});

test('what could be read of a broken request can be answered', () => {
  const broken = aRequest();
  const bytes = serializeMessage(broken).slice();
  const { partial } = faultOf(() => parseMessage(bytes.subarray(0, bytes.length - 2)));
  expect(partial && responseTo(partial, 400).headers.get('Call-ID')).toBe('c1@example.com');
  const bare: SipRequest = { ...broken, headers: HeaderFields.empty };
  expect([...responseTo(bare, 400, { toTag: 't' }).headers]).toEqual([]);
});
