import { parseMessage, serializeMessage } from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRequest, faultOf, octets, rowsOf, text, wire } from './bytes.ts';

const head = 'MESSAGE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP a\nCall-ID: 1\n';

test('RFC 3261 7.1: a request is method, URI, header fields and body', () => {
  const message = parseMessage(wire(`${head}Content-Length: 4\n\nab\n`));
  expect(message).toMatchObject({ kind: 'request', method: 'MESSAGE', uri: 'sip:bob@example.com' });
  expect(rowsOf(message)).toEqual([
    ['Via', 'SIP/2.0/UDP a'],
    ['Call-ID', '1'],
    ['Content-Length', '4'],
  ]);
  expect(text(message.body)).toBe('ab\r\n');
});

const statusLines = [
  ['SIP/2.0 200 OK', 200, 'OK'],
  ['sip/2.0 180 Ringing now', 180, 'Ringing now'],
  ['SIP/2.0 100 ', 100, ''],
  ['SIP/2.0 699', 699, ''],
  ['SIP/2.0 202 grün', 202, 'grün'],
] as const;

for (const [line, status, reason] of statusLines)
  test(`RFC 3261 7.2: '${line}' is ${status}`, () =>
    expect(parseMessage(wire(`${line}\nCall-ID: 1\n\n`))).toMatchObject({
      kind: 'response',
      status,
      reason,
    }));

const dropped = [
  ['', 'no SIP'],
  ['\r\n\r\n', 'no SIP'],
  ['hello', 'no SIP'],
  ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'no SIP'],
  ['MESSAGE sip:a@b\r\n\r\n', 'no SIP'],
  ['SIP/2.0 99 Low\r\n\r\n', 'status line'],
  ['SIP/2.0 700 High\r\n\r\n', 'status line'],
  ['SIP/2.0 2000 Long\r\n\r\n', 'status line'],
  ['SIP/2.0 -20 Less\r\n\r\n', 'status line'],
  ['SIP/3.0 200 OK\r\n\r\n', 'status line'],
  ['SIP/2.0 200 OK\r\nVia\r\n\r\n', 'no header field'],
  ['SIP/2.0 200 OK\r\nl: 1\r\n\r\n', 'Content-Length: 1 declared, 0 there'],
] as const;

for (const [input, fault] of dropped)
  test(`RFC 3261 18.1.2: ${JSON.stringify(input)} cannot be answered: ${fault}`, () => {
    const found = faultOf(() => parseMessage(octets(input)));
    expect(found.message).toContain(fault);
    expect(found.partial).toBeUndefined();
  });

const refused: readonly (readonly [string, string, number?])[] = [
  ['MESSAGE  sip:a@b SIP/2.0\nVia: x\n\n', 'request line'],
  ['MESSAGE sip:a@b  SIP/2.0\nVia: x\n\n', 'request line'],
  ['MESSAGE sip:a@b SIP/2.0 \nVia: x\n\n', 'request line'],
  ['MESSAGE sip:a b SIP/2.0\nVia: x\n\n', 'request line'],
  ['MESS@GE sip:a@b SIP/2.0\nVia: x\n\n', 'request line: no method'],
  ['MESSAGE sip:a@b SIP/3.0\nVia: x\n\n', 'SIP/3.0 is not supported', 505],
  ['MESSAGE sip:a@b SIP/2.1\nVia: x\n\n', 'SIP/2.1 is not supported', 505],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nno colon\n\n', "no header field: 'no colon'"],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\n: no name\n\n', "no header field: ': no name'"],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nb@d: name\n\n', "no header field: 'b@d: name'"],
  ['MESSAGE sip:a@b SIP/2.0\n folded: first\nVia: x\n\n', 'no header field'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nSubject: a\0b\n\n', 'a NUL in the head'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nSubject: a\rb\n\n', 'a CR without LF'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\n', 'no empty line'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nSub', 'no empty line'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nl: 5\n\nabcd', 'Content-Length: 5 declared, 4 there'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nl: -1\n\nabcd', 'Content-Length: not a number'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nl: 4x\n\nabcd', 'Content-Length: not a number'],
  ['MESSAGE sip:a@b SIP/2.0\nVia: x\nl:\n\nabcd', 'Content-Length: not a number'],
  [`MESSAGE sip:a@b SIP/2.0\nVia: x\nl: ${'9'.repeat(400)}\n\nabcd`, 'Content-Length: far too much declared'],
  [
    'MESSAGE sip:a@b SIP/2.0\nVia: x\nl: 4\nContent-Length: 3\n\nabcd',
    'Content-Length: two values that differ',
  ],
];

for (const [input, fault, status = 400] of refused)
  test(`RFC 3261 16.3: ${JSON.stringify(input.slice(0, 70))} gets ${status}: ${fault}`, () => {
    const found = faultOf(() => parseMessage(wire(input)));
    expect([found.message.includes(fault), found.message, found.status]).toEqual([
      true,
      found.message,
      status,
    ]);
    expect(found.partial?.headers.get('Via')).toBe('x');
    expect(found.partial?.method).toMatch(/^MESS.GE$/);
  });

test('a broken row hides no other one', () => {
  const found = faultOf(() => parseMessage(wire('MESSAGE sip:a@b SIP/2.0\nVia: x\nbroken\nCall-ID: 1\n\n')));
  expect(found.partial && rowsOf(found.partial)).toEqual([
    ['Via', 'x'],
    ['Call-ID', '1'],
  ]);
});

test('RFC 3261 7.5: CRLFs before the start line are skipped', () => {
  const message = parseMessage(wire(`\n\n\n${head}Subject: é\n\nbody`));
  expect(message).toMatchObject({ method: 'MESSAGE' });
  expect(message.headers.get('Subject')).toBe('é');
  expect(text(message.body)).toBe('body');
});

test('RFC 3261 18.3: without Content-Length a datagram is body to its end, with it what follows is ignored', () => {
  expect(text(parseMessage(wire(`${head}\nall of it`)).body)).toBe('all of it');
  expect(text(parseMessage(wire(`${head}l: 3\n\nall of it`)).body)).toBe('all');
  expect(parseMessage(wire(`${head}l: 3\nContent-Length: 3\n\nall`)).body).toHaveLength(3);
});

test('the body is not copied and stays binary', () => {
  const bytes = new Uint8Array([...wire(`${head}\n`), 0, 255, 13, 10, 13, 10, 128]);
  const { body } = parseMessage(bytes);
  expect([...body]).toEqual([0, 255, 13, 10, 13, 10, 128]);
  expect(body.buffer).toBe(bytes.buffer);
});

test('the limits of a head hold', () => {
  const limits = { maxHeadBytes: 120, maxHeaderFields: 3 };
  expect(parseMessage(wire(`${head}\n`), limits).kind).toBe('request');
  expect(faultOf(() => parseMessage(wire(`${head}${'A: b\n'.repeat(40)}\n`), limits)).message).toBe(
    'the head is too long',
  );
  expect(faultOf(() => parseMessage(wire(`${head}A: b\nB: c\n\n`), limits)).message).toBe(
    'too many header fields',
  );
});

const oddities = [
  'a: b',
  'A :b',
  'A\t:\tb ',
  'V: x',
  'c:  d\n e',
  'Subject:\n f',
  'To: "é" <sip:a@b>',
  'X:\ty\tz',
  'l: 0',
];

test('a head is read alike whichever way it takes: CRLF or bare LF, ASCII or not', () => {
  const row = fc.constantFrom(...oddities);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), fc.boolean(), (rows, beyondAscii) => {
      const lines = ['MESSAGE sip:a@b SIP/2.0', ...rows, ...(beyondAscii ? ['Z: ü'] : []), '', ''].join('\n');
      const plain = parseMessage(wire(lines));
      const bare = parseMessage(octets(lines));
      expect(rowsOf(bare)).toEqual(rowsOf(plain));
      expect(rowsOf(parseMessage(wire(`\n${lines}`)))).toEqual(rowsOf(plain));
      expect(
        rowsOf(parseMessage(serializeMessage(bare))).filter(([name]) => !/^(l|Content-Length)$/.test(name)),
      ).toEqual(rowsOf(plain).filter(([name]) => name !== 'l'));
    }),
  );
});

test('no octets whatever make the parser throw anything but MalformedMessage', () => {
  const good = serializeMessage(aRequest('Subject: x\nContact: *\n', { body: 'hello' }));
  fc.assert(
    fc.property(
      fc.nat(good.length - 1),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(good.length),
      (at, octet, length) => {
        const bytes = good.slice();
        bytes[at] = octet;
        try {
          parseMessage(bytes.subarray(0, length));
        } catch (error) {
          expect(error).toHaveProperty('name', 'MalformedMessage');
        }
      },
    ),
    { numRuns: 500 },
  );
});
