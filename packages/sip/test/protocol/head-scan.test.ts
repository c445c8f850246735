import { expect, test } from 'vitest';
import { defaultParserLimits, scanFields, scanHead } from '../../src/protocol/head-scan.ts';
import { rowStride } from '../../src/protocol/header-block.ts';
import { nameNumber } from '../../src/protocol/header-names.ts';
import { octets, wire } from './bytes.ts';

/** Where the rows are: name number, start, colon, end of each. */
function rowsOf(bytes: Uint8Array): readonly (readonly number[])[] {
  const { rows, count } = scanHead(bytes, defaultParserLimits);
  return Array.from({ length: count }, (_, row) => rows.slice(row * rowStride, (row + 1) * rowStride));
}

test('RFC 3261 7: the places of a start line, of rows and of the body', () => {
  const bytes = wire('A b SIP/2.0\nVia: x\nq :\n y\n\nbody');
  expect(rowsOf(bytes)).toEqual([
    [nameNumber('Via'), 13, 16, 21],
    [0, 21, 23, 30],
  ]);
  expect(scanHead(bytes, defaultParserLimits)).toMatchObject({
    start: 0,
    lineEnd: 11,
    rowsEnd: 30,
    bodyStart: 32,
    text: 'A b SIP/2.0\r\nVia: x\r\nq :\r\n y\r\n',
    fault: undefined,
  });
});

test('a head beyond ASCII has the same places and no text', () => {
  const bytes = wire('A b SIP/2.0\nVia: ü\n\nbody');
  expect(rowsOf(bytes)).toEqual([[nameNumber('Via'), 13, 16, 22]]);
  expect(scanHead(bytes, defaultParserLimits).text).toBeUndefined();
  const invalid = bytes.map((octet) => (octet === 0xc3 || octet === 0xbc ? 0xff : octet));
  expect(rowsOf(invalid)).toEqual(rowsOf(bytes));
  expect(scanHead(invalid, defaultParserLimits).text).toBeUndefined();
});

test('an empty line ends the head even where CRLFCRLF comes later', () => {
  expect(scanHead(octets('A b SIP/2.0\nVia: x\n\nbo\r\n\r\ndy'), defaultParserLimits)).toMatchObject({
    count: 1,
    rowsEnd: 19,
    bodyStart: 20,
  });
  expect(scanHead(octets('A b SIP/2.0\r\nVia: x\n\r\nbo\r\n\r\ndy'), defaultParserLimits)).toMatchObject({
    count: 1,
    bodyStart: 22,
  });
});

test('the end of a head is found wherever it stands', () => {
  for (let length = 1; length < 20; length += 1) {
    const bytes = wire(`A b SIP/2.0\nX: ${'y'.repeat(length)}\n\n`);
    expect(scanHead(bytes, defaultParserLimits)).toMatchObject({
      count: 1,
      bodyStart: bytes.length,
      fault: undefined,
    });
    expect(scanHead(bytes, { ...defaultParserLimits, maxHeadBytes: bytes.length })).toMatchObject({
      fault: undefined,
    });
    expect(scanHead(bytes, { ...defaultParserLimits, maxHeadBytes: bytes.length - 4 }).fault).toBe(
      'the head is too long',
    );
  }
});

const faults = [
  ['A b SIP/2.0\r\nX: a\rb\r\n\r\n', 'a CR without LF'],
  ['A b SIP/2.0\rX: a\r\n\r\n', 'a CR without LF'],
  ['A b SIP/2.0\r\nX: a\0\r\n\r\n', 'a NUL in the head'],
  ['A b SIP/2.0\r\n: a\r\n\r\n', "no header field: ': a'"],
  ['A b SIP/2.0\r\nX\r\n : a\r\n\r\n', "no header field: 'X??? : a'"],
  ['A b SIP/2.0\r\n X: a\r\n\r\n', "no header field: 'X: a'"],
  ['A b SIP/2.0\r\nX Y: a\r\n\r\n', "no header field: 'X Y: a'"],
  ['A b SIP/2.0\r\nCall\rID: a\r\n\r\n', 'a CR without LF'],
] as const;

for (const [text, fault] of faults)
  test(`RFC 3261 25.1: ${JSON.stringify(text)}: ${fault}`, () => {
    const found = scanHead(octets(text), defaultParserLimits).fault ?? '';
    expect(found.slice(0, 16)).toBe(fault.slice(0, 16));
  });

test('RFC 2045: fields without a start line, and without an empty line where nothing follows', () => {
  expect(scanFields(wire('A: 1\nB: 2\n\nbody'), defaultParserLimits)).toMatchObject({
    count: 2,
    bodyStart: 14,
  });
  expect(scanFields(wire('A: 1\nB: 2'), defaultParserLimits)).toMatchObject({ count: 2, fault: undefined });
  expect(scanFields(wire('\nbody'), defaultParserLimits)).toMatchObject({ count: 0, bodyStart: 2 });
  expect(scanFields(octets(''), defaultParserLimits)).toMatchObject({
    count: 0,
    bodyStart: 0,
    fault: undefined,
  });
});
