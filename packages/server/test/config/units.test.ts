import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDuration, readSize, UnreadableValue, writeDuration, writeSize } from '../../src/config/units.ts';

describe('durations', () => {
  test.each([
    ['7d', 604_800],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1h 30m', 5400],
    ['2s', 2],
    ['500ms', 0.5],
    ['1.5h', 5400],
    ['2w', 1_209_600],
    ['90', 90],
    [90, 90],
    [0.25, 0.25],
    ['0', 0],
    ['7D', 604_800],
  ])('%s is %d seconds', (written, seconds) => expect(readDuration(written)).toBe(seconds));

  test.each(['', '7 days', 'd', '-1s', '1x', '1h foo', '1h-30m', -1, Number.NaN, Number.POSITIVE_INFINITY])(
    '%s is refused',
    (written) => expect(() => readDuration(written)).toThrow(UnreadableValue),
  );

  test('what is written is read again, to the millisecond', () =>
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (milliseconds) => {
        expect(readDuration(writeDuration(milliseconds / 1000))).toBeCloseTo(milliseconds / 1000, 6);
      }),
    ));
});

describe('sizes', () => {
  test.each([
    ['64KiB', 65_536],
    ['64 kib', 65_536],
    ['1MiB', 1_048_576],
    ['64kB', 64_000],
    ['1300 B', 1300],
    ['1300', 1300],
    [1300, 1300],
    ['1.5KiB', 1536],
  ])('%s is %d octets', (written, octets) => expect(readSize(written)).toBe(octets));

  test.each(['', 'many', '64 foo', '-1', '1.5', -1])('%s is refused', (written) =>
    expect(() => readSize(written)).toThrow(UnreadableValue),
  );

  test.each([
    [812, '812 B'],
    [1536, '1.5 KiB'],
    [65_536, '64 KiB'],
    [5_000_000, '4.8 MiB'],
  ])('%d octets are shown as %s', (octets, text) => expect(writeSize(octets)).toBe(text));
});
