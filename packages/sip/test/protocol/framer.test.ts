import { type FramedUnit, StreamFramer } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { octets, text, wire } from './bytes.ts';

const limits = { maxHeadBytes: 200, maxBodyBytes: 50 };

/** A unit in one word, its octets as text behind it. */
function shown(unit: FramedUnit): string {
  if (unit.kind === 'message') return `message ${text(unit.bytes)}`;
  if (unit.kind === 'oversize') return `oversize ${text(unit.head)}`;
  return unit.kind === 'lost' ? `lost: ${unit.reason}` : unit.kind;
}

function framed(...chunks: readonly (string | Uint8Array)[]): readonly string[] {
  const framer = new StreamFramer(limits);
  return chunks
    .flatMap((chunk) => framer.push(typeof chunk === 'string' ? wire(chunk) : chunk))
    .map((unit) => shown(unit).replaceAll('\r\n', '|'));
}

const small = 'A b SIP/2.0\nl: 3\n\nabc';
const framedSmall = 'message A b SIP/2.0|l: 3||abc';

test('RFC 3261 18.3: messages are cut by Content-Length', () => {
  expect(framed(small + small)).toEqual([framedSmall, framedSmall]);
  expect(framed('A b SIP/2.0\nContent-Length: 0\n\nB c SIP/2.0\n\n')).toEqual([
    'message A b SIP/2.0|Content-Length: 0||',
    'message B c SIP/2.0||',
  ]);
});

const lengths = [
  'L: 3',
  'content-length:3',
  'CONTENT-LENGTH \t: \t3 ',
  'Content-Length:\n 3',
  'l: 003',
  'l: 3\nl:3',
];

for (const row of lengths)
  test(`RFC 3261 20.14: ${JSON.stringify(row)} is a body of three`, () =>
    expect(framed(`A b SIP/2.0\nCall-ID: 1\n${row}\nContact: x\n\nabcrest`)).toEqual([
      `message A b SIP/2.0|Call-ID: 1|${row.replaceAll('\n', '|')}|Contact: x||abc`,
    ]));

const lost = [
  ['l: -3', 'Content-Length: not a number'],
  ['l: 3x', 'Content-Length: not a number'],
  ['l:', 'Content-Length: not a number'],
  ['l: 3 3', 'Content-Length: not a number'],
  ['l: 3\nContent-Length: 4', 'Content-Length: two values that differ'],
  ['l: 99999999999999999999', 'Content-Length: far too much'],
] as const;

for (const [row, reason] of lost)
  test(`RFC 3261 18.3: ${JSON.stringify(row)} leaves no way to find the next message`, () => {
    const framer = new StreamFramer(limits);
    const [unit] = framer.push(wire(`A b SIP/2.0\n${row}\n\nabc${small}`));
    expect(unit).toMatchObject({ kind: 'lost', reason });
    expect(unit?.kind === 'lost' && unit.head && text(unit.head)).toContain('A b SIP/2.0\r\n');
    expect(framer.push(wire(small))).toEqual([]);
  });

test('a head over the limit loses the connection, at the limit it does not', () => {
  const filler = 'x'.repeat(limits.maxHeadBytes - 20);
  expect(framed(`A b SIP/2.0\nX: ${filler}\n\n`)).toHaveLength(1);
  expect(framed(`A b SIP/2.0\nX: ${filler}\n\n`)[0]).toMatch(/^message /);
  expect(framed(`A b SIP/2.0\nX: x${filler}\n\n`)).toEqual(['lost: the head is too long']);
  expect(framed('y'.repeat(500))).toEqual(['lost: the head is too long']);
  expect(framed(...Array.from({ length: 500 }, () => 'y'))).toEqual(['lost: the head is too long']);
});

test('a body over the limit is skipped and what follows is framed', () => {
  const large = `A b SIP/2.0\nl: 51\n\n${'x'.repeat(51)}`;
  expect(framed(large + small)).toEqual(['oversize A b SIP/2.0|l: 51||', framedSmall]);
  expect(framed(...large.split(''), small)).toEqual(['oversize A b SIP/2.0|l: 51||', framedSmall]);
  expect(framed(`A b SIP/2.0\nl: 50\n\n${'x'.repeat(50)}`)[0]).toMatch(/^message /);
});

test('RFC 5626 4.4.1: CRLF is a pong and another one right behind it makes a ping', () => {
  expect(framed('\n')).toEqual(['keep-alive-pong']);
  expect(framed('\n\n')).toEqual(['keep-alive-pong', 'keep-alive-ping']);
  expect(framed('\n', '\n')).toEqual(['keep-alive-pong', 'keep-alive-ping']);
  expect(framed('\n\n\n')).toEqual(['keep-alive-pong', 'keep-alive-ping', 'keep-alive-pong']);
  expect(framed(`\n${small}\n`)).toEqual(['keep-alive-pong', framedSmall, 'keep-alive-pong']);
});

test('a bare LF ends a line', () => {
  expect(framed(octets('A b SIP/2.0\nl: 3\n\nabcB c SIP/2.0\r\nl:\n 1\n\nx'))).toEqual([
    'message A b SIP/2.0\nl: 3\n\nabc',
    'message B c SIP/2.0|l:\n 1\n\nx',
  ]);
});

test('a message that came whole is not copied, one that came in pieces is', () => {
  const chunk = wire(small);
  const [whole] = new StreamFramer(limits).push(chunk);
  expect(whole?.kind === 'message' && whole.bytes.buffer).toBe(chunk.buffer);
  const framer = new StreamFramer(limits);
  framer.push(chunk.subarray(0, 20));
  const [pieces] = framer.push(chunk.subarray(20));
  expect(pieces?.kind === 'message' && pieces.bytes).toEqual(chunk);
});

const body = fc.uint8Array({ maxLength: 60 });
const part = fc.oneof(
  fc.constantFrom('\n', '\n\n', 'A b SIP/2.0\n\n', 'C d SIP/2.0\nContact: x\nSubject: y\n z\n\n').map(wire),
  body.map((bytes) => Uint8Array.from([...wire(`A b SIP/2.0\nl: ${bytes.length}\nX: y\n\n`), ...bytes])),
  fc.constantFrom('A b SIP/2.0\nl: x\n\n', 'z'.repeat(250), 'B\nl: 1\nl: 2\n\n').map(wire),
);

test('however a stream is cut into chunks, the units are the same', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(80)), (parts, sizes) => {
      const stream = Uint8Array.from(parts.flatMap((bytes) => [...bytes]));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(stream.subarray(at, at + size));
        at += size;
      }
      chunks.push(stream.subarray(at));
      expect(framed(...chunks)).toEqual(framed(stream));
      expect(framed(...Array.from(stream, (octet) => Uint8Array.of(octet)))).toEqual(framed(stream));
    }),
    { numRuns: 200 },
  );
});
