import {
  type NameAddress,
  addTag,
  nameAddress,
  parseNameAddress,
  parseNameAddresses,
  serializeNameAddress,
} from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

const readable = [
  ['<sip:a@b>', undefined, 'sip:a@b', {}],
  ['sip:a@b', undefined, 'sip:a@b', {}],
  ['sip:a@b;tag=1', undefined, 'sip:a@b', { tag: '1' }],
  ['<sip:a@b;lr>;tag=1', undefined, 'sip:a@b;lr', { tag: '1' }],
  ['Alice <sip:a@b>', 'Alice', 'sip:a@b', {}],
  ['Alice<sip:a@b>', 'Alice', 'sip:a@b', {}],
  ['Alice  Ann Smith\t<sip:a@b>', 'Alice  Ann Smith', 'sip:a@b', {}],
  ['"Alice \\"x\\" \\\\" <sip:a@b>', 'Alice "x" \\', 'sip:a@b', {}],
  ['"Smith, Alice; <x>" <sip:a@b>', 'Smith, Alice; <x>', 'sip:a@b', {}],
  ['"" <sip:a@b>', '', 'sip:a@b', {}],
  ['"大停電" <sip:a@b>', '大停電', 'sip:a@b', {}],
  ['Jürgen <sip:a@b>', 'Jürgen', 'sip:a@b', {}],
  [
    ' <sip:a@b> ; Tag = x ; q=0.5 ; methods="INVITE, BYE" ',
    undefined,
    'sip:a@b',
    { tag: 'x', q: '0.5', methods: 'INVITE, BYE' },
  ],
  ['<tel:+1-555-0100>', undefined, 'tel:+1-555-0100', {}],
  ['tel:+15550100;tag=5', undefined, 'tel:+15550100', { tag: '5' }],
  ['<sip:a@b?Subject=x>', undefined, 'sip:a@b?Subject=x', {}],
  [
    '<sip:a@b>;+sip.instance="<urn:uuid:1>";reg-id=1',
    undefined,
    'sip:a@b',
    { '+sip.instance': '<urn:uuid:1>', 'reg-id': '1' },
  ],
  [
    '<sip:a@b>;+sip.instance=<urn:uuid:1>;x',
    undefined,
    'sip:a@b',
    { '+sip.instance': '<urn:uuid:1>', x: true },
  ],
  ['<sip:a@b>;+g.3gpp.icsi-ref=urn:urn-7:x', undefined, 'sip:a@b', { '+g.3gpp.icsi-ref': 'urn:urn-7:x' }],
] as const;

for (const [text, displayName, uri, parameters] of readable)
  test(`RFC 3261 20.10: ${text}`, () => {
    const address = parseNameAddress(text);
    expect([address.displayName, address.uri]).toEqual([displayName, uri]);
    expect(Object.fromEntries(address.parameters)).toEqual(parameters);
  });

const wrong = [
  ['', 'no address'],
  ['Alice', 'no address'],
  ['"Alice"', 'no address after the display name'],
  ['"Alice" sip:a@b', 'no address after the display name'],
  ['"Alice <sip:a@b>', 'a quoted string does not end'],
  ['"Alice\\"', 'a quoted string does not end'],
  ['<sip:a@b', "'>' expected"],
  ['<>', 'empty address'],
  ['< sip:a@b >', 'white space'],
  ['<<sip:a@b>>', 'white space or bracket'],
  ['Bell, Alexander <sip:a@b>', 'no address'],
  ['A@B <sip:a@b>', 'has to be quoted'],
  ['sip:a@b c', 'has to be quoted'],
  ['sip:a@b?Route=x', "'?'"],
  ['<sip:a@b> x', "'x' not expected"],
  ['<sip:a@b>;', 'parameter name expected'],
  ['<sip:a@b>;;x', 'parameter name expected'],
  ['<sip:a@b>;tag=', 'parameter tag has no value'],
  ['<sip:a@b>;tag="x', 'a quoted string does not end'],
  // A reader that steps back here never ends.
  ['sip:a@b;x=<', "parameter x: '>' expected"],
  ['<sip:a@b>, <sip:c@d>', "', <sip:c@d>' not expected"],
] as const;

for (const [text, fault] of wrong)
  test(`RFC 3261 25.1: ${text} is none: ${fault}`, () =>
    expect(faultOf(() => parseNameAddress(text, 'To')).message).toMatch(
      new RegExp(`^To: .*${fault.replace(/[?.]/g, '\\$&')}`),
    ));

test('RFC 3261 7.3.1: a list is split at the commas that are outside of quotes and brackets', () => {
  const list = parseNameAddresses('"a, b" <sip:a,b@c>;x="1,2" ,sip:d@e, Eve <sip:f@g>');
  expect(list.map(({ uri }) => uri)).toEqual(['sip:a,b@c', 'sip:d@e', 'sip:f@g']);
});

test('RFC 3840 9: feature tags are written in quotes, other tokens without, the rest in quotes', () => {
  const parameters = new Map<string, string | true>([
    ['+g.3gpp.icsi-ref', 'urn%3Aurn-7%3Ax'],
    ['audio', true],
    ['methods', 'INVITE'],
    ['q', '0.5'],
    ['x', 'a b"c'],
  ]);
  expect(serializeNameAddress({ uri: 'sip:a@b', parameters })).toBe(
    '<sip:a@b>;+g.3gpp.icsi-ref="urn%3Aurn-7%3Ax";audio;methods="INVITE";q=0.5;x="a b\\"c"',
  );
  expect(serializeNameAddress({ ...nameAddress('sip:a@b'), displayName: 'A "b" \\' })).toBe(
    '"A \\"b\\" \\\\" <sip:a@b>',
  );
});

test('RFC 3261 8.2.6.2: a tag is added where there is none', () => {
  expect(addTag('Bob <sip:b@c>', 't')).toBe('Bob <sip:b@c>;tag=t');
  expect(addTag('sip:b@c', 't')).toBe('sip:b@c;tag=t');
  expect(addTag('<sip:b@c>;TAG=old', 't')).toBe('<sip:b@c>;TAG=old');
});

const parameterNames = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
const anyAddress = fc.record(
  {
    displayName: texts,
    uri: fc.constantFrom('sip:a@b', 'tel:+1', 'sip:a@[::1]:5060;lr?x=y'),
    parameters: fc.array(fc.tuple(parameterNames, fc.oneof(texts, fc.constant(true as const)))),
  },
  { requiredKeys: ['uri', 'parameters'] },
);

function withMap(address: NameAddress): NameAddress {
  return { ...address, parameters: new Map(address.parameters) };
}

test('any address is read as it was written, alone and in a list', () => {
  fc.assert(
    fc.property(fc.array(anyAddress, { minLength: 1, maxLength: 4 }), (list) => {
      const addresses = list.map(({ parameters, ...rest }) => ({ ...rest, parameters: new Map(parameters) }));
      const written = addresses.map(serializeNameAddress);
      expect(written.map((text) => withMap(parseNameAddress(text)))).toEqual(addresses);
      expect(parseNameAddresses(written.join(', ')).map(withMap)).toEqual(addresses);
    }),
  );
});
