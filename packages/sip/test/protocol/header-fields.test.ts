import { HeaderFields, cseq, detach, from, topVia } from '@restante/sip';
import { expect, test } from 'vitest';
import { aRequest, rowsOf } from './bytes.ts';

const fields = HeaderFields.of([
  ['Via', 'one'],
  ['X-Note', 'first'],
  ['v', 'two'],
  ['To', 'bob'],
  ['x-note', 'second'],
]);
const received = aRequest(
  'v: SIP/2.0/UDP b\nX-Note: first\nx-NOTE: second\nSubject:   spaced\t \nEmpty:\n',
).headers;

test('RFC 3261 7.3.3: a name is found in any case and in its compact form', () => {
  for (const name of ['Via', 'via', 'VIA', 'v', 'V']) expect(fields.get(name)).toBe('one');
  expect(fields.all('VIA')).toEqual(['one', 'two']);
  expect(fields.get('X-NOTE')).toBe('first');
  expect(fields.all('X-Note')).toEqual(['first', 'second']);
  expect(received.all('X-Note')).toEqual(['first', 'second']);
  expect([fields.has('t'), fields.has('From'), fields.has('X-Other')]).toEqual([true, false, false]);
  expect([fields.get('Subject'), fields.all('Subject')]).toEqual([undefined, []]);
});

test('RFC 3261 7.3.1: a received value has no white space around it and may be empty', () => {
  expect(received.get('Subject')).toBe('spaced');
  expect(received.get('s')).toBe('spaced');
  expect(received.get('Empty')).toBe('');
});

test('RFC 3261 7.3.1: a folded value is one line', () => {
  const { headers } = aRequest('Subject: one\n two\n\t three\nX-Fold:\n  a,\n b\n');
  expect(headers.get('Subject')).toBe('one two three');
  expect(headers.get('X-Fold')).toBe('a, b');
});

test('a long run of white space takes no longer for its length than it has to', () => {
  const run = ' '.repeat(20_000);
  expect(aRequest(`Subject: a${run}b\n ${run}c${run}\n`).headers.get('Subject')).toBe(`a${run}b c`);
});

test('a value beyond ASCII is read as UTF-8, and an octet that is none as U+FFFD', () => {
  expect(aRequest('Subject: grüße 大\n').headers.get('Subject')).toBe('grüße 大');
});

const edits: readonly (readonly [string, (headers: HeaderFields) => HeaderFields, string])[] = [
  [
    'with replaces every row in the place of the first',
    (h) => h.with('Via', 'x'),
    'Via=x X-Note=first To=bob x-note=second',
  ],
  ['with keeps the name it is given', (h) => h.with('X-NOTE', 'x'), 'Via=one X-NOTE=x v=two To=bob'],
  [
    'with appends a name that is new',
    (h) => h.with('Subject', 'x'),
    'Via=one X-Note=first v=two To=bob x-note=second Subject=x',
  ],
  ['without takes every row', (h) => h.without('v'), 'X-Note=first To=bob x-note=second'],
  [
    'without leaves the rest alone',
    (h) => h.without('Subject'),
    'Via=one X-Note=first v=two To=bob x-note=second',
  ],
  [
    'prepend stands above the first of the name',
    (h) => h.prepend('v', 'x'),
    'v=x Via=one X-Note=first v=two To=bob x-note=second',
  ],
  [
    'prepend stands on top where there is none',
    (h) => h.prepend('Route', 'x'),
    'Route=x Via=one X-Note=first v=two To=bob x-note=second',
  ],
  [
    'append stands below the last of the name',
    (h) => h.append('Via', 'x'),
    'Via=one X-Note=first v=two Via=x To=bob x-note=second',
  ],
  [
    'append stands at the end where there is none',
    (h) => h.append('Route', 'x'),
    'Via=one X-Note=first v=two To=bob x-note=second Route=x',
  ],
  [
    'concat adds rows in order',
    (h) =>
      h.concat([
        ['To', 'x'],
        ['A', 'y'],
      ]),
    'Via=one X-Note=first v=two To=bob x-note=second To=x A=y',
  ],
  [
    'pick takes rows in the order of the names',
    (h) => h.pick('To', 'X-Note', 'Via'),
    'To=bob X-Note=first x-note=second Via=one v=two',
  ],
];

const shown = (headers: HeaderFields): string => [...headers].map((row) => row.join('=')).join(' ');

for (const [name, edit, expected] of edits)
  test(`header fields: ${name}`, () => {
    const before = shown(fields);
    expect(shown(edit(fields))).toBe(expected);
    expect(shown(fields)).toBe(before);
  });

test('header fields that were received are edited without touching the others', () => {
  const message = aRequest('X-Note: first\nSubject: s\n');
  const edited = message.headers.with('X-Note', 'other').prepend('Via', 'SIP/2.0/UDP a').without('Subject');
  expect(edited.all('Via')).toEqual(['SIP/2.0/UDP a', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1']);
  expect([edited.get('X-Note'), edited.has('Subject')]).toEqual(['other', false]);
  expect(rowsOf(message)).toHaveLength(7);
});

test('injection: a value with CR, LF or NUL and a name that is no token cannot be set', () => {
  for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\0b', '\0', '\r'])
    for (const set of [
      () => HeaderFields.of([['Subject', value]]),
      () => fields.with('Subject', value),
      () => fields.prepend('Subject', value),
      () => fields.append('Subject', value),
    ])
      expect(set).toThrow(TypeError);
  for (const name of ['', 'a b', 'a:b', 'a\r\nb', 'é'])
    expect(() => fields.with(name, 'x')).toThrow(TypeError);
});

test('RFC 3261 25.1: an escaped NUL is what a quoted-pair may hold', () => {
  expect(fields.with('To', '"\\\0" <sip:a@b>').get('To')).toBe('"\\\0" <sip:a@b>');
});

test('a detached text is the same text', () => {
  expect(detach('z9hG4bKé大')).toBe('z9hG4bKé大');
});

test('what was read of a field is known on after another one has changed, and forgotten where it has', () => {
  const { headers } = aRequest('Via: SIP/2.0/UDP a;branch=1\nFrom: <sip:a@b>;tag=1\nCSeq: 1 MESSAGE\n');
  const [via, sender] = [topVia({ headers }), from({ headers })];
  const stamped = headers.with('v', 'SIP/2.0/UDP a;branch=2');
  expect(from({ headers: stamped })).toBe(sender);
  expect(topVia({ headers: stamped }).branch).toBe('2');
  expect(topVia({ headers: stamped.prepend('Via', 'SIP/2.0/UDP c;branch=3') }).branch).toBe('3');
  expect(topVia({ headers: headers.append('Via', 'SIP/2.0/UDP c;branch=3') })).toEqual(via);
  expect(cseq({ headers: headers.with('CSeq', '2 MESSAGE') }).sequence).toBe(2);
  expect(() => from({ headers: headers.without('From') })).toThrow('From: missing');
});
