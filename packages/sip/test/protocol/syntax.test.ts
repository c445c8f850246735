import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MalformedMessage } from '../../src/protocol/malformed-message.ts';
import { Cursor, isFeatureTag, readList, serializeParameters } from '../../src/protocol/syntax.ts';
import { decimal, isToken, isTokenCode, quote } from '../../src/protocol/token.ts';
import { faultOf } from './bytes.ts';

test('RFC 3261 25.1: a token is letters, digits and these signs', () => {
  const signs = "-.!%*_+`'~";
  for (let code = 0; code < 300; code += 1) {
    const char = String.fromCharCode(code);
    expect([char, isTokenCode(code)]).toEqual([char, /^[A-Za-z0-9]$/.test(char) || signs.includes(char)]);
  }
  expect(['INVITE', 'a.b-c', "x'~", '', 'a b', 'a:b', 'ä', '"a"'].map(isToken)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

const numbers = [
  ['0', 0],
  ['007', 7],
  ['4294967296', 4_294_967_296],
  ['', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['1.5', undefined],
  ['0x10', undefined],
  ['1e3', undefined],
  [' 1', undefined],
  ['٣', undefined],
] as const;

for (const [text, number] of numbers)
  test(`RFC 3261 25.1: '${text}' as a number is ${number}`, () => expect(decimal(text)).toBe(number));

test('a number of any length has a size', () => {
  expect(decimal('9'.repeat(400))).toBe(Number.POSITIVE_INFINITY);
});

test('RFC 3261 25.1: a quoted-string is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const cursor = new Cursor(`${quote(text)}rest`, 'x');
      expect(cursor.quotedString()).toBe(text);
      expect(cursor.text.slice(cursor.at)).toBe('rest');
    }),
  );
});

const endless = ['"', '"a', '"a\\"', '"a\\', '"\\\\\\"'];

for (const text of endless)
  test(`RFC 3261 25.1: ${text} has no end`, () =>
    expect(faultOf(() => new Cursor(text, 'Field').quotedString()).message).toBe(
      'Field: a quoted string does not end',
    ));

test('RFC 3261 7.3.1: parameters, with white space around every sign', () => {
  const cursor = new Cursor(' ; a ; B = c;d="e;f" ; g = "h\\"" , next', 'x');
  expect([...cursor.parameters()]).toEqual([
    ['a', true],
    ['b', 'c'],
    ['d', 'e;f'],
    ['g', 'h"'],
  ]);
  expect(cursor.text.slice(cursor.at)).toBe(', next');
  expect([...new Cursor('', 'x').parameters()]).toEqual([]);
});

const values = [
  ['token', 'token', ''],
  ['a=b==;c', 'a=b==', ';c'],
  ['[2001:db8::1]:5060,x', '[2001:db8::1]:5060', ',x'],
  ['"a, b";c', 'a, b', ';c'],
  ['<urn:uuid:1>;c', '<urn:uuid:1>', ';c'],
  ['a b', 'a', ' b'],
  ['größe', 'größe', ''],
] as const;

for (const [text, value, rest] of values)
  test(`RFC 3261 25.1: the value of ;x=${text} is ${value}`, () => {
    const cursor = new Cursor(text, 'x');
    expect(cursor.parameterValue('x')).toBe(value);
    expect(text.slice(cursor.at)).toBe(rest);
  });

for (const text of ['', ';', ',', ' a', '<no end', '>'])
  test(`RFC 3261 25.1: ;x=${text} has no value`, () =>
    expect(faultOf(() => new Cursor(text, 'Field').parameterValue('x')).message).toBe(
      'Field: parameter x has no value',
    ));

test('a parameter value is read forwards, whatever it is made of: a step back would be a loop without end', () => {
  const made = fc.string({ unit: fc.constantFrom(...'<>";,=:@*a \\'.split('')) });
  fc.assert(
    fc.property(made, made, (before, value) => {
      const cursor = new Cursor(before + value, 'Field', before.length);
      try {
        cursor.parameterValue('x');
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
        return;
      }
      expect(cursor.at).toBeGreaterThan(before.length);
    }),
  );
});

function read(text: string): readonly string[] {
  return readList(text, 'Field', (cursor) => cursor.token('token'));
}

test('RFC 3261 7.3.1: a list is values between commas, and no value is a fault', () => {
  expect(read(' a ,b,\tc ')).toEqual(['a', 'b', 'c']);
  for (const text of ['', ',', 'a,', ',a', 'a,,b', 'a b', 'a;b'])
    expect(faultOf(() => read(text)).message).toMatch(/^Field: /);
});

test('a fault quotes what it stumbled over, cut and printable', () => {
  const cursor = new Cursor(`\u00e9${'x'.repeat(50)}`, 'Field');
  expect(faultOf(() => cursor.token('name')).message).toBe(`Field: name expected at '?${'x'.repeat(19)}'`);
});

test('RFC 3840 9: feature tags are the base tags and what begins with a plus', () => {
  expect(['+sip.instance', 'audio', 'methods', 'q', 'expires', 'tag', 'lr'].map(isFeatureTag)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('RFC 3261 25.1: a parameter is quoted where it has to be', () => {
  const parameters = new Map<string, string | true>([
    ['lr', true],
    ['tag', 'a1'],
    ['x', ''],
    ['y', 'a"b'],
    ['audio', 'TRUE'],
  ]);
  expect(serializeParameters(parameters)).toBe(';lr;tag=a1;x="";y="a\\"b";audio="TRUE"');
});
