import { expect, test } from 'vitest';
import { Dialog, dialogIdOf } from '../src/dialog.ts';
import { HeaderFields } from '../src/protocol/header-fields.ts';
import { MalformedMessage } from '../src/protocol/malformed-message.ts';
import { noBody, responseTo } from '../src/protocol/message.ts';
import type { SipRequest } from '../src/protocol/message.ts';
import { SipRejection } from '../src/rejection.ts';

const recorded = ['<sip:p2.example;lr>, <sip:p1.example;lr>', '<sip:p0.example;lr>'];

const invite: SipRequest = {
  kind: 'request',
  method: 'INVITE',
  uri: 'sip:bob@b.example',
  headers: HeaderFields.of([
    ['Via', 'SIP/2.0/UDP a.example;branch=z9hG4bK1'],
    ...recorded.map((row) => ['Record-Route', row] as const),
    ['From', 'Alice <sip:alice@a.example>;tag=a'],
    ['To', '<sip:bob@b.example>'],
    ['Call-ID', 'c1'],
    ['CSeq', '5 INVITE'],
    ['Contact', '<sip:alice@192.0.2.1>'],
  ]),
  body: noBody,
};

const accepted = responseTo(invite, 200, {
  toTag: 'b',
  headers: [['Contact', '<sip:bob@192.0.2.2>'], ...recorded.map((row) => ['Record-Route', row] as const)],
});

const rows = ({ headers }: SipRequest, ...names: readonly string[]): string[] =>
  names.flatMap((name) => headers.all(name).map((value) => `${name}: ${value}`));

test('RFC 3261 12.1.1 and 12.1.2: both ends name the dialog by its tags', () => {
  expect(Dialog.ofServer(invite, accepted).id).toBe('c1 b a');
  expect(Dialog.ofClient(invite, accepted).id).toBe('c1 a b');
});

test('RFC 3261 12.2.1.1: a request of the server takes the Record-Route in its order', () => {
  const bye = Dialog.ofServer(invite, accepted).request('BYE');
  expect(bye.uri).toBe('sip:alice@192.0.2.1');
  expect(rows(bye, 'Route', 'From', 'To', 'Call-ID', 'CSeq')).toEqual([
    'Route: <sip:p2.example;lr>',
    'Route: <sip:p1.example;lr>',
    'Route: <sip:p0.example;lr>',
    'From: <sip:bob@b.example>;tag=b',
    'To: Alice <sip:alice@a.example>;tag=a',
    'Call-ID: c1',
    'CSeq: 1 BYE',
  ]);
});

test('RFC 3261 12.2.1.1: a request of the client takes it in reverse, and counts on from the INVITE', () => {
  const dialog = Dialog.ofClient(invite, accepted);
  const bye = dialog.request('BYE', { headers: [['Reason', 'SIP;cause=200']] });
  expect(bye.uri).toBe('sip:bob@192.0.2.2');
  expect(rows(bye, 'Route', 'From', 'To', 'CSeq', 'Reason')).toEqual([
    'Route: <sip:p0.example;lr>',
    'Route: <sip:p1.example;lr>',
    'Route: <sip:p2.example;lr>',
    'From: Alice <sip:alice@a.example>;tag=a',
    'To: <sip:bob@b.example>;tag=b',
    'CSeq: 6 BYE',
    'Reason: SIP;cause=200',
  ]);
  expect(dialog.nextSequence()).toBe(7);
});

test('RFC 3261 13.2.2.4: the ACK has the number of the INVITE', () =>
  expect(rows(Dialog.ofClient(invite, accepted).acknowledgement(5), 'CSeq')).toEqual(['CSeq: 5 ACK']));

test('RFC 3261 12.2.2: a lower CSeq is out of order, the same or a higher one is not', () => {
  const dialog = Dialog.ofServer(invite, accepted);
  const numbered = (sequence: number): SipRequest => ({
    ...invite,
    headers: invite.headers.with('CSeq', `${sequence} INVITE`),
  });
  dialog.receive(numbered(5));
  dialog.receive(numbered(9));
  expect(() => dialog.receive(numbered(8))).toThrow(SipRejection);
  expect(dialog.state.remoteSequence).toBe(9);
});

test("RFC 3261 12.2.2: a request finds its dialog from the peer's side of view", () => {
  const dialog = Dialog.ofServer(invite, accepted);
  expect(dialogIdOf(Dialog.ofClient(invite, accepted).request('BYE'))).toBe(dialog.id);
  expect(dialogIdOf(invite)).toBeUndefined();
});

test('RFC 3261 12.1: without a Contact there is no dialog', () => {
  const without = { ...accepted, headers: accepted.headers.without('Contact') };
  expect(() => Dialog.ofClient(invite, without)).toThrow(MalformedMessage);
});
