import { parseUri, serializeUri, type SipUri, type Uri, uriEquals } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

const none = new Map();
const sip = (parts: Partial<SipUri>): SipUri => ({
  kind: 'sip',
  scheme: 'sip',
  host: 'example.com',
  parameters: none,
  headers: none,
  ...parts,
});

const readable: readonly (readonly [string, Uri])[] = [
  ['sip:example.com', sip({})],
  ['SIP:Example.COM', sip({})],
  ['sips:alice@example.com', sip({ scheme: 'sips', user: 'alice' })],
  ['sip:alice:secret@example.com:5070', sip({ user: 'alice', password: 'secret', port: 5070 })],
  ['sip:alice:@example.com', sip({ user: 'alice', password: '' })],
  ['sip:a%20%C3%BC%40b@example.com', sip({ user: 'a ü@b' })],
  ['sip:user;par=u%40x@example.com', sip({ user: 'user;par=u@x' })],
  ['sip:a?b@example.com', sip({ user: 'a?b' })],
  ['sip:[2001:DB8::1]', sip({ host: '2001:db8::1' })],
  ['sip:a@[::1]:5060;lr', sip({ user: 'a', host: '::1', port: 5060, parameters: new Map([['lr', true]]) })],
  ['sip:a@[::ffff:192.0.2.1]', sip({ user: 'a', host: '::ffff:192.0.2.1' })],
  ['sip:192.0.2.1;Transport=tcp', sip({ host: '192.0.2.1', parameters: new Map([['transport', 'tcp']]) })],
  ['sip:example.com;lr;lr=on', sip({ parameters: new Map([['lr', true]]) })],
  ['sip:example.com;gr=urn:uuid:1', sip({ parameters: new Map([['gr', 'urn:uuid:1']]) })],
  ['sip:example.com;x=a%3Bb', sip({ parameters: new Map([['x', 'a;b']]) })],
  [
    'sip:example.com?Subject=a%20b&Route=%3Csip:c%3E',
    sip({
      headers: new Map([
        ['Subject', 'a b'],
        ['Route', '<sip:c>'],
      ]),
    }),
  ],
  ['tel:+1-555-(01).00', { kind: 'tel', number: '+15550100', global: true, parameters: none }],
  [
    'TEL:7042;phone-context=example.com',
    { kind: 'tel', number: '7042', global: false, parameters: new Map([['phone-context', 'example.com']]) },
  ],
  ['urn:service:sos', { kind: 'absolute', scheme: 'urn', text: 'urn:service:sos' }],
  ['mailto:a@b', { kind: 'absolute', scheme: 'mailto', text: 'mailto:a@b' }],
];

for (const [text, expected] of readable)
  test(`RFC 3261 19.1: ${text}`, () => expect(parseUri(text)).toEqual(expected));

const wrong = [
  ['', 'no scheme'],
  ['bob', 'no scheme'],
  [':x', 'no scheme'],
  ['1a:x', 'no scheme'],
  ['sip:', 'not a host'],
  ['sip:@b', 'empty user part'],
  ['sip:a@', 'not a host'],
  ['sip:a@b@c', 'not a host'],
  ['sip:a b', 'a character'],
  ['sip:"a"@b', 'a character'],
  ['<sip:a@b>', 'a character'],
  ['sip:a@b\r\n', 'a character'],
  ['sip:a@b:', 'no port'],
  ['sip:a@b:x', 'no port'],
  ['sip:a@b:65536', 'no port'],
  ['sip:2001:db8::1', 'no port'],
  ['sip:[2001:db8::1', 'not an IPv6 reference'],
  ['sip:[]', 'not an IPv6 reference'],
  ['sip:[1234]', 'not an IPv6 reference'],
  [`sip:[${':'.repeat(60_000)}]`, 'not an IPv6 reference'],
  ['sip:[::g]', 'not an IPv6 reference'],
  ['sip:a%@b', 'a broken escape'],
  ['sip:a%2@b', 'a broken escape'],
  ['sip:b;', 'a parameter without a name'],
  ['sip:b;;lr', 'a parameter without a name'],
  ['sip:b?', 'not a header'],
  ['sip:b?x', 'not a header'],
  ['sip:b?=x', 'not a header'],
  ['tel:', 'not a telephone number'],
  ['tel:+', 'not a telephone number'],
  ['tel:+1a', 'not a telephone number'],
  ['urn:', 'nothing after the scheme'],
] as const;

for (const [text, fault] of wrong)
  test(`RFC 3261 25.1: ${JSON.stringify(text.slice(0, 30))} is none: ${fault}`, () => {
    expect(faultOf(() => parseUri(text)).message).toMatch(new RegExp(`^URI: ${fault}`));
    expect(faultOf(() => parseUri(text, 'Contact')).message).toMatch(new RegExp(`^Contact: ${fault}`));
  });

const written: readonly (readonly [Uri, string])[] = [
  [sip({ user: 'a b@c', password: 'p:w' }), 'sip:a%20b%40c:p%3Aw@example.com'],
  [sip({ user: 'ü<>"', port: 5060 }), 'sip:%C3%BC%3C%3E%22@example.com:5060'],
  [
    sip({
      host: '2001:db8::1',
      parameters: new Map<string, string | true>([
        ['lr', true],
        ['x', 'a;b=c'],
      ]),
    }),
    'sip:[2001:db8::1];lr;x=a%3Bb%3Dc',
  ],
  [
    sip({
      headers: new Map([
        ['Subject', 'a b'],
        ['Body', 'x&y'],
      ]),
    }),
    'sip:example.com?Subject=a%20b&Body=x%26y',
  ],
  [
    { kind: 'tel', number: '+15550100', global: true, parameters: new Map([['ext', '5']]) },
    'tel:+15550100;ext=5',
  ],
  [{ kind: 'absolute', scheme: 'urn', text: 'URN:a' }, 'URN:a'],
];

for (const [uri, text] of written)
  test(`RFC 3261 19.1.2: written with its escapes: ${text}`, () => {
    expect(serializeUri(uri)).toBe(text);
    expect(serializeUri(parseUri(text))).toBe(text);
  });

const same = [
  ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
  [
    'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
    'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
  ],
  [
    'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
  ],
  ['tel:+1-201-555-0123', 'tel:+12015550123'],
  ['tel:7042;phone-context=+1-914-555', 'tel:7042;phone-context=+1914555'],
  ['tel:863-1234;phone-context=Example.com', 'tel:8631234;phone-context=example.com'],
  ['urn:x', 'URN:x'],
] as const;

for (const [a, b] of same)
  test(`RFC 3261 19.1.4: ${a} is ${b}`, () => {
    expect(uriEquals(parseUri(a), parseUri(b))).toBe(true);
    expect(uriEquals(parseUri(b), parseUri(a))).toBe(true);
  });

const different = [
  ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
  ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
  ['sip:bob@biloxi.com', 'sip:bob:x@biloxi.com'],
  ['sip:bob@biloxi.com;transport=udp', 'sip:bob@biloxi.com;transport=tcp'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=192.0.2.1'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=phone'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com?Subject=x'],
  ['sip:carol@chicago.com?Subject=next%20meeting', 'sip:carol@chicago.com?Subject=other'],
  ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
  ['tel:+15550100', 'tel:15550100'],
  ['tel:7042;phone-context=a', 'tel:7042'],
  ['tel:7042;phone-context=a', 'tel:7042;ext=a'],
  ['sip:+15550100@a', 'tel:+15550100'],
  ['urn:x', 'urn:y'],
  ['urn:x', 'isbn:x'],
] as const;

for (const [a, b] of different)
  test(`RFC 3261 19.1.4: ${a} is not ${b}`, () => {
    expect(uriEquals(parseUri(a), parseUri(b))).toBe(false);
    expect(uriEquals(parseUri(b), parseUri(a))).toBe(false);
  });

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const anyUri = fc.record(
  {
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: text,
    password: text,
    host: fc.constantFrom('example.com', '192.0.2.1', '2001:db8::1', 'a-b.c_d'),
    port: fc.nat(65_535),
    parameters: fc.array(fc.tuple(names, fc.oneof(text, fc.constant(true as const)))),
    headers: fc.array(fc.tuple(names, text)),
  },
  { requiredKeys: ['scheme', 'host', 'parameters', 'headers'] },
);

test('any SIP URI is read as it was written', () => {
  fc.assert(
    fc.property(anyUri, ({ parameters, headers, password, ...rest }) => {
      const withPassword = rest.user !== undefined && password !== undefined ? { password } : {};
      const uri = sip({
        ...rest,
        ...withPassword,
        parameters: new Map(parameters),
        headers: new Map(headers),
      });
      expect(parseUri(serializeUri(uri))).toEqual(uri);
      expect(uriEquals(uri, parseUri(serializeUri(uri)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
