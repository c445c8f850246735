import {
  HeaderFields,
  parseMessage,
  serializeHeaderFields,
  serializeMessage,
  serializedLength,
  type SipMessage,
  type SipRequest,
} from '@restante/sip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRequest, aResponse, octets, rowsOf, text, wire } from './bytes.ts';

const noBody = new Uint8Array(0);

test('RFC 3261 20.14: Content-Length is the last row, and the only one, whatever was set', () => {
  const message = aRequest('l: 0\nSubject: x\n');
  const edited: SipMessage = {
    ...message,
    headers: message.headers.with('Content-Length', '99'),
    body: octets('abc'),
  };
  expect(text(serializeMessage(message))).toMatch(/Subject: x\r\nContent-Length: 0\r\n\r\n$/);
  expect(text(serializeMessage(edited))).toMatch(/Subject: x\r\nContent-Length: 3\r\n\r\nabc$/);
  expect(text(serializeMessage(edited)).match(/^(l|Content-Length):/gm)).toHaveLength(1);
});

const odd = 'MESSAGE sip:b@c SIP/2.0\nvIA  :  SIP / 2.0/UDP  a\nSubject:\n folded\n\t twice\nX-Note:a\n\n';

test('RFC 3261 7.3.1: what was received and not touched is written as it came', () => {
  const message = parseMessage(wire(odd));
  const expected = `${odd.slice(0, -1)}Content-Length: 0\n\n`;
  expect(serializeMessage(message)).toEqual(wire(expected));
  const edited = { ...message, headers: message.headers.with('X-Note', 'b').prepend('Via', 'SIP/2.0/UDP z') };
  expect(serializeMessage(edited)).toEqual(
    wire(expected.replace('X-Note:a', 'X-Note: b').replace('vIA', 'Via: SIP/2.0/UDP z\nvIA')),
  );
});

test('octets that are no UTF-8 are written as they came', () => {
  const bytes = wire('MESSAGE sip:b@c SIP/2.0\nSubject: ?x?\nTo: a\n\n');
  const broken = bytes.map((octet) => (octet === 0x3f ? 0xff : octet));
  const message = parseMessage(broken);
  expect(message.headers.get('Subject')).toBe('\ufffdx\ufffd');
  const written = serializeMessage({ ...message, headers: message.headers.with('To', 'ü') });
  expect([...written].filter((octet) => octet === 0xff)).toHaveLength(2);
  expect(text(written)).toContain('\r\nTo: ü\r\nContent-Length: 0\r\n\r\n');
});

test('RFC 3261 7: a row that came with a bare LF leaves with CRLF', () => {
  const message = parseMessage(octets('MESSAGE sip:b@c SIP/2.0\nA: 1\r\nB: 2\nC: 3\r\n\n'));
  expect(text(serializeMessage(message))).toBe(
    'MESSAGE sip:b@c SIP/2.0\r\nA: 1\r\nB: 2\r\nC: 3\r\nContent-Length: 0\r\n\r\n',
  );
});

const startLines: readonly (readonly [string, Partial<SipRequest>])[] = [
  ['a method with a space', { method: 'A B' }],
  ['a method with a line break', { method: 'A\r\nB' }],
  ['no method', { method: '' }],
  ['no URI', { uri: '' }],
  ['a URI with a space', { uri: 'sip:a b' }],
  ['a URI with a line break', { uri: 'sip:a\r\nX: y' }],
];

for (const [name, part] of startLines)
  test(`injection: ${name} is not written`, () =>
    expect(() => serializeMessage({ ...aRequest(), ...part })).toThrow(TypeError));

test('injection: a reason phrase with a control character and a status out of range are not written', () => {
  for (const reason of ['a\r\nX: y', 'a\nb', '\0', '\u001f'])
    expect(() => serializeMessage({ ...aResponse(), reason })).toThrow(TypeError);
  for (const status of [99, 700, 200.5, Number.NaN, -1])
    expect(() => serializeMessage({ ...aResponse(), status })).toThrow(TypeError);
});

test('the length is that of the octets', () => {
  for (const message of [aRequest('Subject: ü\n', { body: 'é' }), aResponse(), aRequest()])
    expect(serializedLength(message)).toBe(serializeMessage(message).length);
});

test('messages do not share octets, small and large', () => {
  const all = [10, 100, 5000, 20_000, 50].map((length, i) => ({
    ...aRequest(),
    body: new Uint8Array(length).fill(i + 1),
  }));
  const written = all.map(serializeMessage);
  written.forEach((bytes, i) => expect(parseMessage(bytes).body).toEqual(all[i]?.body));
});

test('RFC 2046 5.1.1: a part keeps the Content-Length it has', () => {
  const headers = HeaderFields.of([
    ['Content-Type', 'text/plain'],
    ['Content-Length', '2'],
  ]);
  expect(text(serializeHeaderFields(headers))).toBe('Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n');
  expect(text(serializeHeaderFields(HeaderFields.empty))).toBe('\r\n');
});

const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,12}$/);
const value = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((raw) => raw.replace(/[\r\n\0]/g, '').replace(/^[\0-\x20]+|[\0-\x20]+$/g, ''));
const rows = fc.array(fc.tuple(token, value), { maxLength: 12 });
const body = fc.uint8Array({ maxLength: 300 });
const uri = fc.stringMatching(/^sip:[a-z0-9@.;=%?]{1,30}$/);
const request = fc.record({ method: token, uri, rows, body });
const response = fc.record({ status: fc.integer({ min: 100, max: 699 }), reason: value, rows, body });

/** Content-Length is the serializer's. */
function isKept([name]: readonly [string, string]): boolean {
  return !/^(?:content-length|l)$/i.test(name);
}

function expectRoundTrip(message: SipMessage): void {
  const again = parseMessage(serializeMessage(message));
  const { headers: _written, ...start } = message;
  expect(again).toMatchObject(start);
  const kept = rowsOf(message).filter(isKept);
  expect(rowsOf(again)).toEqual([...kept, ['Content-Length', String(message.body.length)]]);
  expect(serializeMessage(again)).toEqual(serializeMessage(message));
}

test('any request that is built is read back as it was', () => {
  fc.assert(
    fc.property(request, ({ rows, ...start }) =>
      expectRoundTrip({ kind: 'request', ...start, headers: HeaderFields.of(rows) }),
    ),
    { numRuns: 300 },
  );
});

test('any response that is built is read back as it was', () => {
  fc.assert(
    fc.property(response, ({ rows, reason, ...start }) =>
      expectRoundTrip({
        kind: 'response',
        ...start,
        reason: Array.from(reason)
          .filter((char) => char >= ' ')
          .join(''),
        headers: HeaderFields.of(rows),
      }),
    ),
    { numRuns: 300 },
  );
});

test('edits of a received message survive the wire', () => {
  fc.assert(
    fc.property(rows, rows, (first, second) => {
      const start: SipRequest = {
        kind: 'request',
        method: 'A',
        uri: 'sip:b',
        headers: HeaderFields.empty,
        body: noBody,
      };
      const received = parseMessage(
        serializeMessage({ ...start, headers: HeaderFields.of(first.filter(isKept)) }),
      );
      const headers = second
        .filter(isKept)
        .reduce((all, [name, text]) => all.with(name, text), received.headers);
      const again = parseMessage(serializeMessage({ ...start, headers }));
      expect([...again.headers.without('Content-Length')]).toEqual([...headers.without('Content-Length')]);
    }),
  );
});
