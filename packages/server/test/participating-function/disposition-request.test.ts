import { cpimHeader, imdnHeader, parseCpim, parseImdn } from '@restante/cpm';
import { serializedLength } from '@restante/sip';
import { expect, test } from 'vitest';
import { dispositionRequest, reverseRoute } from '../../src/participating-function/disposition-request.ts';
import { dispositionFor } from '../../src/participating-function/disposition-notification.ts';
import type { DispositionNotification } from '../../src/participating-function/deferred/deferred-message.ts';
import { aMessage, requestedDispositions, start } from './deferred/values.ts';

function owedFor(changes: Parameters<typeof aMessage>[1] = {}): DispositionNotification {
  const owed = dispositionFor(aMessage('m1', changes), 'deleted', 'owed-1');
  if (owed === undefined) throw new Error('nothing is owed');
  return owed;
}

const names = { callId: 'c1', fromTag: 't1', date: start };

test('PF-21: the request of wire sample S9', () => {
  const owed = owedFor({ conversationId: 'conv', contributionId: 'contr' });
  const request = dispositionRequest({ owed, requestUri: 'sip:alice@192.0.2.9', ...names });
  expect(request.uri).toBe('sip:alice@192.0.2.9');
  expect([...request.headers]).toEqual([
    ['Max-Forwards', '70'],
    ['From', '<sip:bob@example.com>;tag=t1'],
    ['To', '<sip:alice@example.com>'],
    ['Call-ID', 'c1'],
    ['CSeq', '1 MESSAGE'],
    ['P-Asserted-Identity', '<sip:bob@example.com>'],
    ['P-Asserted-Service', 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg'],
    ['Accept-Contact', '*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"'],
    ['Conversation-ID', 'conv'],
    ['Contribution-ID', 'contr'],
    ['User-Agent', 'CPM-serv/OMA1.0'],
    ['Content-Type', 'message/cpim'],
  ]);
  const cpim = parseCpim(request.body);
  expect([cpimHeader(cpim, 'To'), imdnHeader(cpim, 'Message-ID')]).toEqual([
    '<sip:alice@example.com>',
    'owed-1',
  ]);
  expect(parseImdn(cpim.content.body)).toMatchObject({
    messageId: 'imdn-m1',
    report: { kind: 'delivery', status: 'failed' },
  });
});

test('PF-21: recorded routes go back in their order, and the first of them is passed first', () => {
  const recordRoutes = ['sip:opf.orig.example', 'sip:edge.orig.example;lr'];
  const owed = owedFor({ dispositions: requestedDispositions('m1', { recordRoutes }) });
  const { headers } = parseCpim(dispositionRequest({ owed, requestUri: owed.sender, ...names }).body);
  const routes = headers.filter(({ name }) => name === 'IMDN-Route').map(({ value }) => value);
  expect(routes).toEqual(['<sip:opf.orig.example>', '<sip:edge.orig.example;lr>']);
  expect(reverseRoute(owed)).toEqual(['<sip:opf.orig.example;lr>']);
  expect(reverseRoute(owedFor())).toEqual([]);
});

test('RFC 3428 section 8: a long one leaves the recipients out to stay within 1300 octets', () => {
  const long = `sip:${'b'.repeat(50)}@example.com`;
  const dispositions = requestedDispositions('m1', { to: long, from: long });
  const owed = owedFor({ dispositions, conversationId: 'c'.repeat(40) });
  const request = dispositionRequest({ owed, requestUri: owed.sender, ...names });
  expect(parseImdn(parseCpim(request.body).content.body)).not.toHaveProperty('recipientUri');
  expect(serializedLength(request)).toBeLessThanOrEqual(1300 - 220);
});
