import { parseUri } from '@restante/sip';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalUser } from '../src/user.ts';

const domain = 'home.example';

function canonical(uri: string) {
  return canonicalUser(parseUri(uri), domain);
}

describe('the forms of one address', () => {
  const groups: Readonly<Record<string, readonly string[]>> = {
    'sip:+15550123@home.example': [
      'tel:+15550123',
      'tel:+1-555-0123',
      'tel:+1(555)01.23',
      'TEL:+1-555-0123;isub=1;npdi',
      'sip:+15550123@home.example',
      'sip:+15550123@home.example;user=phone',
      'sip:+1-555-0123@HOME.example;user=phone',
      'sip:+1-555-0123@home.example',
      'sip:+15550123;npdi@home.example;user=phone',
      'sips:+15550123@home.example:5061;transport=tls',
      'sip:+15550123@home.example;gr=urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d',
      'sip:+15550123:secret@home.example?Subject=x',
      'sip:%2B15550123@home.example',
    ],
    'sip:bob@home.example': [
      'sip:bob@home.example',
      'SIPS:%62ob@Home.Example:5070;lr;maddr=192.0.2.1',
      'sip:bob@home.example;user=phone',
    ],
    'sip:Bob@home.example': ['sip:Bob@home.example'],
    'sip:555-0123@home.example': ['sip:555-0123@home.example'],
    'sip:5550123@home.example': [
      'sip:555-0123@home.example;user=phone',
      'tel:555-0123',
      'sip:5550123@home.example',
    ],
    'sip:7042;phone-context=home.example@home.example': [
      'tel:70-42;phone-context=Home.Example',
      'sip:7042;phone-context=home.example@home.example;user=phone',
      'sip:70.42;isub=1;phone-context=home.example@home.example;user=phone',
    ],
    'sip:7042;phone-context=+1555@home.example': ['tel:7042;phone-context=+1-555'],
    'sip:7042;phone-context=ex-ample.net@home.example': ['tel:7042;phone-context=ex-ample.net'],
    'sip:+15550123@other.example': ['sip:+1-555-0123@other.example;user=phone'],
    'sip:home.example': ['sip:home.example', 'sip:home.example:5060;transport=tcp'],
    'sip:bob@[2001:db8::1]': ['sip:bob@[2001:DB8::1]:5060'],
    'sip:a%40b@home.example': ['sip:a%40b@home.example'],
    'sip:+@home.example': ['sip:+@home.example'],
    'im:bob@home.example': ['im:bob@home.example'],
  };
  for (const [user, forms] of Object.entries(groups))
    for (const form of forms) test(`${form} is ${user}`, () => expect(canonical(form)).toBe(user));
});

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: 15 });
const userPart = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => encodeURIComponent(text.toWellFormed()));
const host = fc.constantFrom('home.example', 'HOME.example', 'other.example', '192.0.2.1', '[2001:DB8::1]');
const tail = fc.constantFrom('', ':5070', ';user=phone', ';gr=x;lr', ':5061;transport=tls?a=b');
const anyUri = fc.oneof(
  fc.tuple(userPart, host, tail).map(([user, host, tail]) => `sip:${user}@${host}${tail}`),
  fc
    .tuple(
      digits,
      fc.constantFrom('', '+'),
      tail.map((text) => (text.startsWith(';') ? text : '')),
    )
    .map(([number, plus, tail]) => `tel:${plus}${number}${tail}`),
);

describe('for every address', () => {
  test('the canonical form is its own canonical form, wherever it is read', () => {
    fc.assert(
      fc.property(anyUri, (uri) => {
        const user = canonical(uri);
        expect(canonical(user)).toBe(user);
        expect(canonicalUser(parseUri(user), 'another.example')).toBe(user);
      }),
    );
  });

  test('parameters, port and scheme make no other user', () => {
    fc.assert(
      fc.property(userPart, host, (user, host) => {
        const forms = [
          `sip:${user}@${host}`,
          `sips:${user}@${host}:5061`,
          `sip:${user}@${host};gr=x`,
          `sip:${user}@${host.toLowerCase()}?a=b`,
        ];
        expect(new Set(forms.map(canonical)).size).toBe(1);
      }),
    );
  });

  test('tel and sip forms agree, with any visual separators', () => {
    const separated = fc
      .tuple(digits, fc.array(fc.constantFrom('-', '.', '(', ')', ''), { maxLength: 15 }))
      .map(([number, separators]) => ({
        number,
        written: Array.from(number, (digit, index) => `${digit}${separators[index] ?? ''}`).join(''),
      }));
    fc.assert(
      fc.property(separated, ({ number, written }) => {
        const forms = [
          `tel:+${written}`,
          `sip:+${written}@${domain};user=phone`,
          `sip:+${number}@${domain}`,
          `sip:+${written}@${domain}`,
        ];
        expect(new Set(forms.map(canonical))).toEqual(new Set([`sip:+${number}@${domain}`]));
      }),
    );
  });

  test('different numbers are different users', () => {
    fc.assert(
      fc.property(digits, digits, (one, other) => {
        expect(canonical(`tel:+${one}`) === canonical(`sip:+${other}@${domain};user=phone`)).toBe(
          one === other,
        );
      }),
    );
  });
});
