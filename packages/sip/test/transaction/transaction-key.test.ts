import { expect, test } from 'vitest';
import { HeaderFields } from '../../src/protocol/header-fields.ts';
import { noBody } from '../../src/protocol/message.ts';
import type { SipRequest } from '../../src/protocol/message.ts';
import { keyOfResponse, serverTransactionKey } from '../../src/transaction/transaction-key.ts';

interface Draft {
  method?: string;
  uri?: string;
  via?: string;
  from?: string;
  to?: string;
  callId?: string;
  cseq?: number;
}

function request(draft: Draft = {}): SipRequest {
  const {
    method = 'INVITE',
    uri = 'sip:bob@b.example',
    via = 'SIP/2.0/UDP a.example;branch=z9hG4bK1',
  } = draft;
  const { from = '<sip:a@a>;tag=f', to = '<sip:b@b>', callId = 'c1', cseq = 1 } = draft;
  const headers = HeaderFields.of([
    ['Via', via],
    ['From', from],
    ['To', to],
    ['Call-ID', callId],
    ['CSeq', `${cseq} ${method}`],
  ]);
  return { kind: 'request', method, uri, headers, body: noBody };
}

const key = (draft: Draft): string => serverTransactionKey(request(draft));
const old = 'SIP/2.0/UDP a.example:5070;branch=1';

test('RFC 3261 17.2.3: branch, sent-by and method make the transaction, nothing else does', () => {
  expect(key({ callId: 'x', from: '<sip:x@x>;tag=1', cseq: 9 })).toBe(key({}));
  expect(key({ via: 'SIP/2.0/UDP a.example;branch=z9hG4bK2' })).not.toBe(key({}));
  expect(key({ via: 'SIP/2.0/UDP b.example;branch=z9hG4bK1' })).not.toBe(key({}));
  expect(key({ via: 'SIP/2.0/UDP a.example:5070;branch=z9hG4bK1' })).not.toBe(key({}));
  expect(key({ method: 'MESSAGE' })).not.toBe(key({}));
});

test('RFC 3261 17.2.3: an ACK matches its INVITE, a CANCEL does not', () => {
  expect(key({ method: 'ACK' })).toBe(key({}));
  expect(key({ method: 'CANCEL' })).not.toBe(key({}));
});

test('RFC 3261 9.2: a CANCEL finds what it cancels by the method of that', () =>
  expect(serverTransactionKey(request({ method: 'CANCEL' }), 'INVITE')).toBe(key({})));

const changes: readonly [string, Draft][] = [
  ['Request-URI', { uri: 'sip:carol@b.example' }],
  ['From tag', { from: '<sip:a@a>;tag=g' }],
  ['Call-ID', { callId: 'c2' }],
  ['CSeq', { cseq: 2 }],
  ['Via', { via: 'SIP/2.0/UDP a.example:5071;branch=1' }],
  ['Via branch', { via: 'SIP/2.0/UDP a.example:5070;branch=2' }],
];

for (const [name, change] of changes)
  test(`RFC 3261 17.2.3: without the cookie a different ${name} is a different transaction`, () =>
    expect(key({ via: old, ...change })).not.toBe(key({ via: old })));

test('RFC 3261 17.2.3: without the cookie the ACK matches whatever its To tag, other methods only with their own', () => {
  expect(key({ via: old, method: 'ACK', to: '<sip:b@b>;tag=t' })).toBe(key({ via: old }));
  expect(key({ via: old, method: 'BYE', to: '<sip:b@b>;tag=t' })).not.toBe(
    key({ via: old, method: 'BYE', to: '<sip:b@b>;tag=u' }),
  );
});

test('RFC 3261 17.2.3: a branch that is the cookie alone says nothing', () =>
  expect(key({ via: 'SIP/2.0/UDP a.example;branch=z9hG4bK', callId: 'x' })).not.toBe(
    key({ via: 'SIP/2.0/UDP a.example;branch=z9hG4bK' }),
  ));

test('RFC 3261 17.1.3: a response matches by branch and CSeq method', () => {
  const { headers } = request({ method: 'MESSAGE' });
  const response = { kind: 'response', status: 200, reason: 'OK', headers, body: noBody } as const;
  expect(keyOfResponse(response)).toBe('z9hG4bK1 MESSAGE');
  const bare = { ...response, headers: headers.with('Via', 'SIP/2.0/UDP a.example') };
  expect(keyOfResponse(bare)).toBeUndefined();
});
