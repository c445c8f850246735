import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { frame, latin1, textOf } from './recorder.ts';

const paths = 'To-Path: msrp://192.0.2.23:9/Rv8Qm2;tcp\r\nFrom-Path: msrp://198.51.100.5:2855/Lm31x0;tcp\r\n';
const send = (id: string, body: string | undefined, flag = '$', more = ''): string =>
  `MSRP ${id} SEND\r\n${paths}Message-ID: 5b1f8c0a7e\r\n${more}${body === undefined ? '' : `Content-Type: text/plain\r\n\r\n${body}\r\n`}-------${id}${flag}\r\n`;

test('RFC 4975 7.1: a SEND with a body, one without, a response and a REPORT in one stream', () => {
  const report = `MSRP d93k REPORT\r\n${paths}Message-ID: 5b1f\r\nByte-Range: 1-4/4\r\nStatus: 000 200 OK\r\n-------d93k$\r\n`;
  const response = `MSRP abcd 413 Stop Sending Message\r\n${paths}-------abcd$\r\n`;
  const { messages, lostBy } = frame(
    latin1(send('d93kq7', 'Lunch?') + send('e5', undefined).replaceAll('e5', 'e5e5') + response + report),
  );
  assert.equal(lostBy, undefined);
  assert.deepEqual(
    messages.map(({ head, body, flag }) => [head.kind, textOf(body), flag]),
    [
      ['request', 'Lunch?', '$'],
      ['request', '', '$'],
      ['response', '', '$'],
      ['request', '', '$'],
    ],
  );
  const [first, , third, fourth] = messages.map(({ head }) => head);
  assert(first?.kind === 'request' && third?.kind === 'response' && fourth?.kind === 'request');
  assert.equal(first.messageId, '5b1f8c0a7e');
  assert.equal(first.contentType, 'text/plain');
  assert.equal(first.failureReport, 'yes');
  assert.deepEqual([third.status, third.comment], [413, 'Stop Sending Message']);
  assert.deepEqual(fourth.status, { namespace: '000', status: 200, comment: 'OK' });
  assert.deepEqual(fourth.byteRange, { first: 1, last: 4, total: 4 });
});

for (const flag of ['$', '+', '#'])
  test(`RFC 4975 7.1: the continuation flag ${flag}`, () => {
    assert.equal(frame(latin1(send('abcd', 'x', flag))).messages[0]?.flag, flag);
  });

const tricky = [
  '-------abcd',
  '\r\n-------abcd',
  '\r\n-------abce$\r\n',
  '\r\n--------abcd$\r\n',
  '\r\n-------abcdx$\r\n',
  '\r\n-------abcd%\r\n',
  '\r\n-------abcd$\r',
  '\r\n-------abcd$\rx',
  '\r\n-------abcd$\r\r\n-------abc',
  '\r\r\n\r\n-------',
  '------',
  '\n-------abcd$\r\n',
  '--------------------------------------',
  send('efgh', 'another message'),
  '',
];

for (const body of tricky)
  test(`RFC 4975 7.1: a body that looks like an end: ${JSON.stringify(body)}, cut at every place`, () => {
    const octets = latin1(send('abcd', body) + send('wxyz', 'next'));
    for (let cut = 0; cut <= octets.length; cut += 1) {
      const { messages, lostBy } = frame(octets, [cut]);
      assert.equal(lostBy, undefined);
      assert.deepEqual(
        messages.map((message) => textOf(message.body)),
        [body, 'next'],
      );
    }
  });

test('the pieces of a body are delivered as they come, in place', () => {
  const octets = latin1(send('abcd', 'x'.repeat(1000)));
  const headLength = octets.length - 1000 - '\r\n-------abcd$\r\n'.length;
  const { messages } = frame(octets, [headLength + 10, 500]);
  assert.equal(messages[0]?.pieces, 3);
});

test('empty lines between messages are read over', () => {
  const { messages, lostBy } = frame(latin1(`\r\n\r\n${send('abcd', 'a')}\r\n${send('abcd', 'b')}`));
  assert.deepEqual([messages.length, lostBy], [2, undefined]);
});

test('an empty body whose end-line stands right behind the empty line', () => {
  const text = `MSRP abcd SEND\r\n${paths}Message-ID: 1234\r\nByte-Range: 1-0/0\r\n\r\n-------abcd$\r\n`;
  for (let cut = 0; cut < text.length; cut += 1) {
    const { messages } = frame(latin1(text), [cut]);
    assert.deepEqual([messages[0]?.flag, messages[0]?.body], ['$', []]);
  }
});

const broken: readonly (readonly [string, string])[] = [
  ['Byte-Range: 0-1/1\r\n', 'Byte-Range: no range'],
  ['Byte-Range: 5-3/9\r\n', 'Byte-Range: no range'],
  ['Byte-Range: 1-10/9\r\n', 'Byte-Range: no range'],
  ['Byte-Range: *-1/1\r\n', 'Byte-Range: no range'],
  ['Byte-Range: 1-1\r\n', 'Byte-Range: a sign'],
  ['Byte-Range: 99999999999999999999-1/1\r\n', 'Byte-Range: a number'],
  ['Success-Report: maybe\r\n', 'Success-Report: yes or no'],
  ['Failure-Report: never\r\n', 'Failure-Report: yes, no or partial'],
  ['To-Path: msrp://x/y;tcp\r\n', 'toPath: there twice'],
  ['no colon\r\n', 'a line without a name'],
];

for (const [line, reason] of broken)
  test(`RFC 4975 10.2: ${line.trim()} makes the head broken, the next message is framed`, () => {
    const { messages, lostBy } = frame(latin1(send('abcd', 'body', '$', line) + send('efgh', 'next')));
    assert.equal(lostBy, undefined);
    const [first, second] = messages;
    assert(first?.head.kind === 'broken');
    assert.deepEqual([first.head.reason, first.body, first.flag], [reason, [], undefined]);
    assert.equal(first.head.toPath?.[0]?.sessionId, 'Rv8Qm2');
    assert.equal(textOf(second?.body ?? []), 'next');
  });

for (const octets of [
  'SIP/2.0 200 OK\r\n',
  'MSRP\r\n',
  'MSRP a$b! SEND\r\n',
  'MSRP abc SEND\r\n',
  'MSRP abcd send\r\n',
  'MSRP abcd 20 OK\r\n',
  `MSRP abcd SEND\r\n${paths}-------abce$\r\n`,
  `MSRP abcd SEND\r\n${paths}-------abcd?\r\n`,
])
  test(`${JSON.stringify(octets.slice(0, 40))}… loses the framing`, () => {
    assert.notEqual(frame(latin1(octets)).lostBy, undefined);
    for (let cut = 0; cut < octets.length; cut += 1)
      assert.notEqual(frame(latin1(octets), [cut]).lostBy, undefined);
  });

test('a head over the limit loses the framing, however it comes', () => {
  const octets = latin1(send('abcd', 'x', '$', `Long: ${'x'.repeat(500)}\r\n`));
  assert.equal(frame(octets, [], 400).lostBy, 'the head is too long');
  assert.equal(
    frame(
      octets,
      Array.from(octets, () => 1),
      400,
    ).lostBy,
    'the head is too long',
  );
  assert.equal(frame(octets, [], 1000).lostBy, undefined);
});

const identifier = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+%=-]{3,31}$/);
const bodyOctets = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(fc.constantFrom('\r', '\n', '-', '-------', '\r\n-------', 'a', '$', '+', '#'), { maxLength: 60 })
    .map((parts) => latin1(parts.join(''))),
);

test('RFC 4975 7.1: any messages, cut into any pieces, come out as they were', () => {
  const message = fc.record({
    id: identifier,
    body: fc.option(bodyOctets, { nil: undefined }),
    flag: fc.constantFrom('$', '+', '#'),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 80 }),
      (sent, cuts) => {
        const good = sent.filter(
          ({ id, body }) => body === undefined || !textOf(body).includes(`-------${id}`),
        );
        const wire = latin1(
          good
            .map(({ id, body, flag }) => send(id, body === undefined ? undefined : textOf(body), flag))
            .join(''),
        );
        const { messages, lostBy } = frame(wire, cuts);
        assert.equal(lostBy, undefined);
        assert.deepEqual(
          messages.map(({ head, body, flag }) => [head.transactionId, textOf(body), flag]),
          good.map(({ id, body, flag }) => [id, textOf(body ?? []), flag]),
        );
      },
    ),
    { numRuns: 400 },
  );
});

test('arbitrary octets never throw', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc
      .constantFrom(
        'MSRP ',
        'abcd',
        ' SEND\r\n',
        paths,
        'Message-ID: ',
        '\r\n',
        '-------abcd',
        'Byte-Range: 1-',
        '/',
        '*',
        ' 200',
      )
      .map(latin1),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
      (parts, cuts) => {
        const octets = Uint8Array.from(parts.flatMap((part) => [...part]));
        const all = frame(octets, cuts);
        const one = frame(octets);
        assert.equal(all.lostBy, one.lostBy);
        assert.deepEqual(
          all.messages.map(({ head, body, flag }) => [head, body, flag]),
          one.messages.map(({ head, body, flag }) => [head, body, flag]),
        );
      },
    ),
    { numRuns: 1000 },
  );
});
