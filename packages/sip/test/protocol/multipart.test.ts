import {
  type BodyPart,
  boundaryFor,
  contentType,
  HeaderFields,
  joinMultipart,
  leafParts,
  maxBodyParts,
  maxMultipartDepth,
  readFields,
  splitMultipart,
} from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRequest, faultOf, octets, text, wire } from './bytes.ts';

const none = HeaderFields.empty;

function shown(parts: readonly BodyPart[]): readonly string[] {
  return parts.map(
    ({ headers, body }) => `${[...headers].map((row) => row.join(': ')).join('|')}||${text(body)}`,
  );
}

const sdp = 'Content-Type: application/sdp\n\nv=0\n';
const list = 'Content-Type: application/resource-lists+xml\nContent-Disposition: recipient-list\n\n<x/>';
const readable: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  [
    'two parts',
    wire(`--b\n${sdp}\n--b\n${list}\n--b--\n`),
    [
      'Content-Type: application/sdp||v=0\r\n',
      'Content-Type: application/resource-lists+xml|Content-Disposition: recipient-list||<x/>',
    ],
  ],
  ['preamble and epilogue', wire(`before\n--b\n\nx\n--b--\nafter\n--b\n`), ['||x']],
  ['no line break behind the last delimiter', wire('--b\n\nx\n--b--'), ['||x']],
  ['padding behind a delimiter', wire('--b \t\n\nx\n--b--'), ['||x']],
  ['a part without header fields', wire('--b\n\n\n--b--'), ['||']],
  ['a part without anything', wire('--b\n--b--'), ['||']],
  ['a part of header fields alone', wire('--b\nA: 1\n--b--'), ['A: 1||']],
  ['bare LF', octets('--b\nA: 1\n\nx\n\n--b\n\ny\n--b--\n'), ['A: 1||x\n', '||y']],
  ['a delimiter is a line of its own', wire('--b\n\nx --b\n--bc\n --b\n--b--'), ['||x --b\r\n--bc\r\n --b']],
  ['no part at all', wire('--b--'), []],
];

for (const [name, body, parts] of readable)
  test(`RFC 2046 5.1.1: ${name}`, () => expect(shown(splitMultipart(body, 'b'))).toEqual(parts));

const wrong: readonly (readonly [string, string, string, string])[] = [
  ['no delimiter', 'b', 'x', 'multipart: no delimiter'],
  ['an empty body', 'b', '', 'multipart: no delimiter'],
  ['no closing delimiter', 'b', '--b\n\nx\n', 'multipart: the closing delimiter is missing'],
  ['a broken head', 'b', '--b\nA 1\n\nx\n--b--', "no header field: 'A 1'"],
  ['too many parts', 'b', `${'--b\n\n\n'.repeat(maxBodyParts + 1)}--b--`, 'multipart: too many parts'],
  ['an empty boundary', '', '--\n\n----', 'multipart: no boundary'],
  ['a boundary that ends in a space', 'b ', '--b \n\nx\n--b --', 'multipart: no boundary'],
  ['a boundary that is too long', 'b'.repeat(71), '', 'multipart: no boundary'],
];

for (const [name, boundary, body, fault] of wrong)
  test(`RFC 2046 5.1.1: ${name} is a fault`, () =>
    expect(faultOf(() => splitMultipart(wire(body), boundary)).message).toContain(fault));

test('RFC 2046 5.1.1: parts are written with delimiters between them', () => {
  const parts = [
    { headers: HeaderFields.of([['Content-Type', 'text/plain']]), body: octets('hi') },
    { headers: none, body: new Uint8Array(0) },
  ];
  expect(text(joinMultipart(parts, 'b1'))).toBe(
    '--b1\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b1\r\n\r\n\r\n--b1--\r\n',
  );
  expect(text(joinMultipart([], 'b1'))).toBe('--b1--\r\n');
});

test('RFC 2046 5.1.1: a boundary that stands in a part is refused, and another one is found', () => {
  const inBody = [{ headers: none, body: octets('a\r\n--part') }];
  const inHead = [{ headers: HeaderFields.of([['X', '--part']]), body: octets('--part-1') }];
  for (const parts of [inBody, inHead]) expect(() => joinMultipart(parts, 'part')).toThrow(TypeError);
  expect([boundaryFor([]), boundaryFor(inBody), boundaryFor(inHead)]).toEqual(['part', 'part-1', 'part-2']);
  expect(boundaryFor(inBody, 'x')).toBe('x');
});

const type = (value: string): HeaderFields => HeaderFields.of([['Content-Type', value]]);

test('RFC 2046 5.1: the leaves of nested multiparts come in order, and a body that is none is its own leaf', () => {
  const inner = joinMultipart(
    [
      { headers: type('a/b'), body: octets('1') },
      { headers: none, body: octets('2') },
    ],
    'in',
  );
  const outer = joinMultipart(
    [
      { headers: type('Multipart/Mixed;boundary=in'), body: inner },
      { headers: none, body: octets('3') },
    ],
    'out',
  );
  const leaves = leafParts({ headers: type('multipart/alternative; boundary="out"'), body: outer });
  expect(leaves.map(({ body }) => text(body))).toEqual(['1', '2', '3']);
  const plain = { headers: type('text/plain'), body: octets('x') };
  expect(leafParts(plain)).toEqual([plain]);
  const request = aRequest();
  expect(leafParts(request)).toEqual([request]);
});

test('nesting has a limit, and a multipart without a boundary is a fault', () => {
  let part: BodyPart = { headers: type('text/plain'), body: octets('x') };
  for (let depth = 0; depth <= maxMultipartDepth; depth += 1) {
    const boundary = `b${depth}`;
    part = { headers: type(`multipart/mixed;boundary=${boundary}`), body: joinMultipart([part], boundary) };
    if (depth < maxMultipartDepth) expect(leafParts(part)).toHaveLength(1);
  }
  expect(faultOf(() => leafParts(part)).message).toBe('multipart: nested too deeply');
  expect(faultOf(() => leafParts({ headers: type('multipart/mixed'), body: octets('') })).message).toBe(
    'multipart: no boundary',
  );
});

test('header fields without a start line: where the body begins, and the limits', () => {
  const bytes = wire('Content-Type: text/plain\nSubject: ü\n\nbody');
  const { headers, bodyStart } = readFields(bytes);
  expect([headers.get('s'), text(bytes.subarray(bodyStart))]).toEqual(['ü', 'body']);
  expect(contentType({ headers })?.name).toBe('text/plain');
  expect(faultOf(() => readFields(bytes, { maxHeadBytes: 1000, maxHeaderFields: 1 })).message).toBe(
    'too many header fields',
  );
});

const rows = fc.array(fc.tuple(fc.stringMatching(/^X-[a-z]{1,6}$/), fc.stringMatching(/^[!-~]{0,20}$/)), {
  maxLength: 3,
});
const anyPart = fc.record({ rows, body: fc.uint8Array({ maxLength: 100 }) });

test('any binary content is split as it was joined', () => {
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 5 }), (list) => {
      const parts = list.map(({ rows, body }) => ({ headers: HeaderFields.of(rows), body }));
      const boundary = boundaryFor(parts, 'b');
      const again = splitMultipart(joinMultipart(parts, boundary), boundary);
      expect(again.map(({ headers, body }) => [[...headers], [...body]])).toEqual(
        list.map(({ rows, body }) => [rows, [...body]]),
      );
    }),
    { numRuns: 300 },
  );
});

test('no body whatever makes the splitter throw anything but MalformedMessage', () => {
  const piece = fc.constantFrom('--b', '\r\n', '\n', '--', 'A: b', ' ', 'x', '\0');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        splitMultipart(octets(pieces.join('')), 'b');
      } catch (error) {
        expect(error).toHaveProperty('name', 'MalformedMessage');
      }
    }),
    { numRuns: 500 },
  );
});
