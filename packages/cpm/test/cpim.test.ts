import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodedContent } from '../src/cpim-content.ts';
import {
  cpimAddress,
  cpimAddresses,
  cpimHeader,
  cpimNamespaces,
  imdnHeader,
  MalformedCpim,
  parseCpim,
} from '../src/cpim.ts';
import { crlf, octets, textOf, thrownBy } from './support/text.ts';

const pager = `From: <sip:+15550100@home.example>
To: <tel:+15550123>
DateTime: 2026-03-01T09:20:02Z
NS: imdn <urn:ietf:params:imdn>
imdn.Message-ID: Zk3qTn81sWb0
imdn.Disposition-Notification: positive-delivery, negative-delivery

Content-Type: text/plain;charset=UTF-8
Content-Length: 14

Lunch at noon?`;

function parse(text: string, limits = {}) {
  return parseCpim(crlf(text), limits);
}

/** A CPIM with these message headers. */
function withHeaders(...rows: readonly string[]) {
  return parse(`${rows.join('\n')}\n\nContent-Type: text/plain\n\nx`);
}

describe('RFC 3862 2: the parts of a message', () => {
  test('message headers, MIME headers and content', () => {
    const cpim = parse(pager);
    expect(cpim.headers.map(({ name }) => name)).toEqual([
      'From',
      'To',
      'DateTime',
      'NS',
      'Message-ID',
      'Disposition-Notification',
    ]);
    expect(cpim.content.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect(textOf(cpim.content.body)).toBe('Lunch at noon?');
    expect(imdnHeader(cpim, 'Message-ID')).toBe('Zk3qTn81sWb0');
    expect(cpimAddress(cpim, 'From')).toEqual({ uri: 'sip:+15550100@home.example' });
  });

  test('D-19: the content is a view of the octets received, whatever they are', () => {
    const head = crlf('From: <sip:a@b>\n\nContent-Type: image/jpeg\n\n');
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const bytes = Uint8Array.of(...head, ...content);
        const { body } = parseCpim(bytes).content;
        expect(body).toEqual(content);
        expect(body.buffer).toBe(bytes.buffer);
      }),
    );
  });

  test('bare line feeds are taken, and the content after them is not touched', () => {
    const cpim = parseCpim(octets(pager.replace('Lunch', 'Lunch\r\n\n')));
    expect(textOf(cpim.content.body)).toBe('Lunch\r\n\n at noon?');
    expect(imdnHeader(cpim, 'Message-ID')).toBe('Zk3qTn81sWb0');
  });

  test('RFC 5438 7.1.1: MIME headers may follow the message headers without an empty line', () => {
    const cpim = parse(pager.replace('\n\nContent-Type', '\nContent-type'));
    expect(textOf(cpim.content.body)).toBe('Lunch at noon?');
    expect(cpim.content.headers.get('Content-Type')).toBe('text/plain;charset=UTF-8');
    expect(cpim.headers).toHaveLength(6);
  });

  test('RFC 3862 2.1: a Content-Type block of the CPIM itself may stand before everything', () => {
    const cpim = parse(`Content-type: Message/CPIM\n\n${pager}`);
    expect(imdnHeader(cpim, 'Message-ID')).toBe('Zk3qTn81sWb0');
    expect(textOf(cpim.content.body)).toBe('Lunch at noon?');
  });

  test('content without MIME headers', () => {
    const cpim = parse('From: <sip:a@b>\n\n\nhello');
    expect([...cpim.content.headers]).toEqual([]);
    expect(textOf(cpim.content.body)).toBe('hello');
  });

  for (const text of [
    'From: <sip:a@b>',
    'From: <sip:a@b>\n',
    'From: <sip:a@b>\n\n',
    'From: <sip:a@b>\n\nContent-Type: a/b',
  ])
    test(`headers alone are a message with empty content: ${JSON.stringify(text)}`, () => {
      expect(parse(text).content.body).toHaveLength(0);
    });

  test('MIME headers are folded and in any case', () => {
    const cpim = parse('From: <sip:a@b>\n\nCONTENT-TYPE: text/plain;\n charset=UTF-8\nX-y : 1\n\nhello');
    expect(cpim.content.headers.get('Content-Type')).toBe('text/plain; charset=UTF-8');
    expect(cpim.content.headers.get('x-Y')).toBe('1');
  });
});

describe('RFC 3862 3: headers', () => {
  test('3.6: names are case-sensitive', () => {
    const cpim = withHeaders('subject: no', 'Subject: yes');
    expect(cpimHeader(cpim, 'Subject')).toBe('yes');
    expect(cpimHeader(cpim, 'SUBJECT')).toBeUndefined();
  });

  test('3.1: parameters stand between the colon and the space', () => {
    const cpim = withHeaders(
      'Subject:;lang=fr Objet ; du jour',
      'Subject:;lang=en;x="a \\"b\\"; c" Topic',
      'Subject:plain',
    );
    expect(cpim.headers.map(({ value }) => value)).toEqual(['Objet ; du jour', 'Topic', 'plain']);
    expect(cpim.headers.map(({ parameters }) => [...parameters])).toEqual([
      [['lang', 'fr']],
      [
        ['lang', 'en'],
        ['x', 'a "b"; c'],
      ],
      [],
    ]);
  });

  test('2.3: escapes are undone for the reader and kept in the row', () => {
    const cpim = withHeaders(String.raw`Subject: a\\b\n\t\u00e9\"\q`);
    expect(cpimHeader(cpim, 'Subject')).toBe('a\\b\n\té"q');
    expect(cpim.headers[0]?.value).toBe(String.raw`a\\b\n\t\u00e9\"\q`);
  });

  test('values are UTF-8', () => {
    expect(cpimHeader(withHeaders('Subject: 日本 \u{1F600}'), 'Subject')).toBe('日本 \u{1F600}');
  });

  test('4.1: addresses with and without a name', () => {
    const rows = [
      ['From: "A \\"B\\" <x>" <sip:a@b;x=1>', { displayName: 'A "B" <x>', uri: 'sip:a@b;x=1' }],
      [
        'From: Depressed Donkey <im:eeyore@100akerwood.com>',
        { displayName: 'Depressed Donkey', uri: 'im:eeyore@100akerwood.com' },
      ],
      ['From: <tel:+15550123>', { uri: 'tel:+15550123' }],
      ['From: sip:a@b', { uri: 'sip:a@b' }],
      ['From: Nobody', { uri: 'Nobody' }],
      ['From: Two Words', undefined],
      ['From: <>', undefined],
      ['From: <sip:a@b', undefined],
      ['From: <sip:a b>', undefined],
    ] as const;
    for (const [row, address] of rows) expect(cpimAddress(withHeaders(row), 'From'), row).toEqual(address);
  });
});

describe('RFC 3862 3.4 and 4.6: namespaces', () => {
  test('a prefix is any name, with or without a space before the URI', () => {
    for (const declaration of [
      'NS: q <urn:ietf:params:imdn>',
      'NS: q<urn:ietf:params:imdn>',
      'NS:q   <urn:ietf:params:imdn>',
    ])
      expect(imdnHeader(withHeaders(declaration, 'q.Message-ID: 7'), 'Message-ID')).toBe('7');
  });

  test('a prefix that was not declared before is refused, and named', () => {
    expect(() => withHeaders('imdn.Message-ID: 7', 'NS: imdn <urn:ietf:params:imdn>')).toThrow(
      'prefix imdn is not declared by NS',
    );
  });

  test('a second declaration of a prefix holds from there on', () => {
    const cpim = withHeaders(
      'NS: p <urn:ietf:params:imdn>',
      'p.Message-ID: 1',
      'NS: p <urn:x>',
      'p.Message-ID: 2',
    );
    expect(
      cpim.headers.filter(({ name }) => name === 'Message-ID').map(({ namespace }) => namespace),
    ).toEqual(['urn:ietf:params:imdn', 'urn:x']);
  });

  test('a declaration without a prefix changes the default, and another one changes it back', () => {
    const cpim = withHeaders(
      'NS: c <urn:ietf:params:cpim-headers:>',
      'NS: <urn:ietf:params:imdn>',
      'Message-ID: 7',
      'Subject: not the subject',
      'c.Subject: the subject',
      'NS: <urn:ietf:params:cpim-headers:>',
      'From: <sip:a@b>',
    );
    expect(imdnHeader(cpim, 'Message-ID')).toBe('7');
    expect(cpimHeader(cpim, 'Subject')).toBe('the subject');
    expect(cpimAddress(cpim, 'From')).toEqual({ uri: 'sip:a@b' });
  });

  test('headers of other namespaces are kept and mistaken for nothing', () => {
    const cpim = withHeaders(
      'NS: cpm <http://www.openmobilealliance.org/cpm/>',
      'cpm.Payload-Type: text/plain',
      'cpm.Subject: x',
    );
    expect(cpimHeader(cpim, 'Payload-Type', cpimNamespaces.cpm)).toBe('text/plain');
    expect(cpimHeader(cpim, 'Subject')).toBeUndefined();
  });

  test('RFC 5438 6: routes of several rows keep their order', () => {
    const cpim = withHeaders(
      'NS: i <urn:ietf:params:imdn>',
      'i.IMDN-Record-Route: <sip:1>',
      'i.IMDN-Record-Route: X <sip:2>',
    );
    expect(cpimAddresses(cpim, 'IMDN-Record-Route', cpimNamespaces.imdn)).toEqual([
      { uri: 'sip:1' },
      { displayName: 'X', uri: 'sip:2' },
    ]);
  });
});

describe('refusing', () => {
  const rows: readonly [name: string, text: string, message: RegExp][] = [
    ['nothing', '', /no message headers/],
    ['an empty line first', '\nFrom: <sip:a@b>', /no message headers/],
    ['a line without a colon', 'From\n\n', /no header: From/],
    ['a folded header', 'Subject: a\n b: c\n\n', /no header: +b/],
    ['a name with two dots', 'a.b.c: d\n\n', /no header/],
    ['an empty name', ': d\n\n', /no header/],
    ['an empty prefix', '.a: d\n\n', /no header/],
    ['parameters without an end', 'Subject:;lang\n\n', /parameters of Subject/],
    ['NS without a URI', 'NS: imdn\n\n', /NS: imdn/],
    ['NS with a dot in the prefix', 'NS: a.b <urn:x>\n\n', /NS: a\.b/],
    ['content that is not MIME', 'From: <sip:a@b>\n\nhello\n\nyou', /no MIME header of the content: hello/],
    ['a content header with a control character', 'From: <sip:a@b>\n\nA: b\0c\n\n', /control character/],
    ['content without message headers', 'Content-Type: text/plain\n\nhello', /no message headers/],
    ['a text', '{"hello": 1}', /no header/],
  ];
  for (const [name, text, message] of rows)
    test(`refuses ${name}`, () => {
      expect(thrownBy(MalformedCpim, () => parse(text)).message).toMatch(message);
    });

  test('limits: octets and rows of the headers, not of the content', () => {
    const long = `Subject: ${'x'.repeat(20_000)}\n\nContent-Type: text/plain\n\n${'y'.repeat(100_000)}`;
    expect(() => parse(long)).toThrow('headers of more than 16384 octets');
    expect(parse(long, { maxHeaderBytes: 30_000 }).content.body).toHaveLength(100_000);
    expect(() => parse('A: b\n'.repeat(101))).toThrow('more than 100 headers');
    expect(() => parse(`A: b\n\n${'A: b\n'.repeat(101)}`)).toThrow('more than 100 headers');
    expect(() => parse(`A: b\n\nX: ${'x'.repeat(20_000)}`)).toThrow('headers of more than 16384 octets');
  });

  test('a message is one line fit for a reason phrase', () => {
    const { message } = thrownBy(MalformedCpim, () => parse(`${'\u{1F600}\u2028'.repeat(99)}: x`));
    expect(message).toMatch(/^[\x20-\x7E]{1,99}$/);
  });

  test('any octets: a CPIM or MalformedCpim, nothing else', () => {
    const part = fc.constantFrom(
      'From: ',
      'NS: ',
      'a',
      '<',
      '>',
      '.',
      ':',
      ';',
      '=',
      '"',
      '\\',
      ' ',
      '\r\n',
      '\n',
      'Content-Type: ',
      '\r',
    );
    const soup = fc.array(fc.oneof(part, fc.string({ unit: 'binary' })), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => octets(parts.join(''))),
          fc.uint8Array(),
        ),
        (bytes) => {
          try {
            decodedContent(parseCpim(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedCpim);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('hostile headers at the limit are answered at once', () => {
    const started = performance.now();
    for (const line of [
      `Subject:${';a="'.repeat(4000)}`,
      `S:;a="${'\\'.repeat(16_000)}`,
      'a'.repeat(16_000),
      `NS: ${'a '.repeat(8000)}`,
      `From: ${'"<'.repeat(8000)}`,
    ])
      try {
        cpimAddress(parse(line), 'From');
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedCpim);
      }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

function decoded(encoding: string, content: string) {
  const cpim = parse(`From: <sip:a@b>\n\nContent-Transfer-Encoding: ${encoding}\n\n${content}`);
  return textOf(decodedContent(cpim));
}

describe('RFC 2045 6: the encoding of the content', () => {
  test('base64, also broken into lines', () => {
    expect(decoded('BASE64', 'SGVs\nbG8h')).toBe('Hello!');
    expect(() => decoded('base64', 'SGVs*')).toThrow(MalformedCpim);
  });

  test('quoted-printable with soft line breaks', () => {
    expect(decoded('quoted-printable', 'caf=C3=A9 =\nau lait  \n=zz')).toBe('café au lait\r\n=zz');
  });

  test('none, and an unknown one', () => {
    expect(decoded('8bit', 'é')).toBe('é');
    expect(() => decoded('uuencode', 'x')).toThrow('Content-Transfer-Encoding uuencode');
  });
});
