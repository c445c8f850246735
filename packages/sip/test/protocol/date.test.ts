import { parseSipDate, serializeSipDate } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOf } from './bytes.ts';

test('RFC 3261 20.17: a date of RFC 1123 in GMT', () => {
  expect(parseSipDate('Sat, 13 Nov 2010 23:29:00 GMT')).toBe(Date.UTC(2010, 10, 13, 23, 29));
  expect(serializeSipDate(Date.UTC(2010, 10, 13, 23, 29, 5, 999))).toBe('Sat, 13 Nov 2010 23:29:05 GMT');
});

const wrong = [
  'Fri, 01 Jan 2010 16:00:00 EST',
  'Sat, 13 nov 2010 23:29:00 GMT',
  'Sat, 31 Feb 2010 23:29:00 GMT',
  'Sat, 13 Nov 2010 24:29:00 GMT',
  'Sat, 13 Nov 2010 23:60:00 GMT',
  'Sat, 13 Nov 2010 23:29:60 GMT',
  'Sat, 00 Nov 2010 23:29:00 GMT',
  'Sat, 13 Nov 10 23:29:00 GMT',
  '2010-11-13T23:29:00Z',
  'Sat, 13 Foo 2010 23:29:00 GMT',
  '',
];

for (const text of wrong)
  test(`RFC 3261 20.17: '${text}' is none`, () =>
    expect(faultOf(() => parseSipDate(text)).message).toBe('Date: a date in GMT by RFC 1123 expected'));

test('any date from 1900 to 9999 is read as it was written, to the second', () => {
  const instants = fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (instant) => {
      const seconds = Math.floor(instant.getTime() / 1000) * 1000;
      expect(parseSipDate(serializeSipDate(seconds))).toBe(seconds);
    }),
  );
});
