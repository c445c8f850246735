import assert from 'node:assert/strict';
import { MalformedMessage } from '@restante/sip';
import { test } from 'vitest';
import { msrpUri, msrpUriEquals, parseMsrpPath, parseMsrpUri } from '../../src/index.ts';

const good: readonly (readonly [string, object])[] = [
  [
    'msrp://192.0.2.23:9/p4Kd0vQe8s;tcp',
    { scheme: 'msrp', host: '192.0.2.23', port: 9, sessionId: 'p4Kd0vQe8s' },
  ],
  [
    'MSRPS://Relay.example.com/abc;TCP',
    { scheme: 'msrps', host: 'Relay.example.com', sessionId: 'abc', transport: 'tcp' },
  ],
  ['msrp://alice@[2001:db8::1]:7654/x-_.~;tcp', { host: '2001:db8::1', port: 7654, sessionId: 'x-_.~' }],
  ['msrp://relay.example.com:2855;tcp', { sessionId: '', port: 2855 }],
  ['msrp://h:1/s;tcp;unknown=1', { sessionId: 's', transport: 'tcp' }],
];
for (const [text, parts] of good)
  test(`RFC 4975 6: ${text}`, () =>
    assert.deepEqual(parseMsrpUri(text), { ...parseMsrpUri(text), ...parts, text }));

for (const text of [
  '',
  'sip:a@b',
  'msrp://h:1/s',
  'msrp://h:99999/s;tcp',
  'msrp:///s;tcp',
  'msrp://h/a b;tcp',
  'msrp://h:x/s;tcp',
])
  test(`RFC 4975 6: '${text}' is no MSRP URI`, () =>
    assert.throws(() => parseMsrpUri(text), MalformedMessage));

const same: readonly (readonly [string, string, boolean])[] = [
  ['msrp://h:1/s;tcp', 'MSRP://H:1/s;TCP', true],
  ['msrp://a@h:1/s;tcp', 'msrp://b@h:1/s;tcp', true],
  ['msrp://h:1/s;tcp', 'msrp://h:1/S;tcp', false],
  ['msrp://h:1/s;tcp', 'msrp://h/s;tcp', false],
  ['msrp://h:1/s;tcp', 'msrps://h:1/s;tcp', false],
];
for (const [a, b, equal] of same)
  test(`RFC 4975 6.1: ${a} ${equal ? 'equals' : 'is not'} ${b}`, () =>
    assert.equal(msrpUriEquals(parseMsrpUri(a), parseMsrpUri(b)), equal));

test('RFC 4976: a path of several URIs; too many are refused', () => {
  assert.deepEqual(
    parseMsrpPath('msrp://a:1/x;tcp  msrp://b:2/y;tcp').map(({ host }) => host),
    ['a', 'b'],
  );
  assert.throws(() => parseMsrpPath('msrp://a:1/x;tcp '.repeat(17)), MalformedMessage);
});

test('a URI is written from its parts', () => {
  assert.equal(
    msrpUri({ scheme: 'msrps', host: '::1', port: 5, sessionId: 'x' }).text,
    'msrps://[::1]:5/x;tcp',
  );
  assert.throws(() => msrpUri({ scheme: 'msrp', host: 'a b', sessionId: 'x' }), MalformedMessage);
});
