import { parseUri } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Recent } from '../../src/protocol/recent.ts';

test('what is found under a text was kept under that text, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 200 }), (texts) => {
      const recent = new Recent<string>();
      for (const text of texts) {
        expect([undefined, text]).toContain(recent.get(text));
        recent.keep(text, text);
        expect(recent.get(text)).toBe(text);
      }
    }),
  );
});

test('a long text is not kept', () => {
  const recent = new Recent<number>();
  recent.keep('x'.repeat(201), 1);
  expect(recent.get('x'.repeat(201))).toBeUndefined();
});

test('RFC 3261 19.1: a URI is read the same the second time', () => {
  const text = 'sip:alice@Example.com:5060;lr?a=b';
  expect(parseUri(text)).toEqual(parseUri(text));
  expect(() => parseUri('sip:a b')).toThrow('URI: a character');
  expect(() => parseUri('sip:a b')).toThrow('URI: a character');
});
