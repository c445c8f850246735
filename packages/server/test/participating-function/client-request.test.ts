import { expect, test } from 'vitest';
import { clientRequest } from '../../src/participating-function/client-request.ts';
import type { ClientRequestOptions } from '../../src/participating-function/client-request.ts';
import { aClient } from './deferred/values.ts';
import { deferredTag, msgTag } from './requests.ts';

const body = new Uint8Array([0, 255, 13, 10]);
const location = '*;+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.x";require;explicit';

function rows(
  headers: readonly (readonly [string, string])[],
  options: Partial<ClientRequestOptions> = {},
): string[] {
  const request = clientRequest(
    aClient('phone'),
    { headers, body },
    { kind: 'pulled', featureTag: 'deferred', hops: 70, ...options },
  );
  expect(request).toMatchObject({ method: 'MESSAGE', uri: 'sip:phone@192.0.2.15:5060', body });
  return [...request.headers].map(([name, value]) => `${name}: ${value}`);
}

const original: readonly (readonly [string, string])[] = [
  ['From', '<sip:alice@example.com>'],
  ['To', '<tel:+15550123>'],
  ['P-Asserted-Service', 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg'],
  ['Accept-Contact', `*;${msgTag}`],
  ['Accept-Contact', location],
  ['Content-Type', 'message/cpim'],
];

test('D-18: a pulled message names the service deferred, and asserts the original one', () => {
  expect(rows(original)).toEqual([
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>',
    'To: <tel:+15550123>',
    'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg',
    'Content-Type: message/cpim',
    `Accept-Contact: *;${deferredTag}`,
    `Accept-Contact: ${location}`,
    'User-Agent: CPM-serv/OMA1.0',
  ]);
});

test('D-18: or the service of the original, by configuration', () => {
  expect(rows(original, { featureTag: 'original' })).toContain(`Accept-Contact: *;${msgTag}`);
});

test('D-19: a message that is delivered at once keeps its preferences', () => {
  const direct = rows(original, { kind: 'direct', hops: 5 });
  expect(direct).toContain(`Accept-Contact: *;${msgTag}`);
  expect(direct).toContain(`Accept-Contact: ${location}`);
  expect(direct[0]).toBe('Max-Forwards: 5');
});

test('wire 1.2: a message that names no service is a pager message', () => {
  const direct = rows([['From', '<sip:alice@example.com>']], { kind: 'direct' });
  expect(direct).toContain(`Accept-Contact: *;${msgTag}`);
  expect(direct).toContain('P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg');
});

test('D-15: what passes through gets nothing that it did not have', () => {
  expect(rows([['From', '<sip:alice@example.com>']], { kind: 'passing' })).toEqual([
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>',
    'User-Agent: CPM-serv/OMA1.0',
  ]);
});
