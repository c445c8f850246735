import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childElement, childText, escapeXml, MalformedXml, parseXml } from '../src/xml.ts';
import { octets, thrownBy } from './support/text.ts';

function parse(text: string, limits = {}) {
  return parseXml(octets(text), limits);
}

function nested(depth: number) {
  return '<a>'.repeat(depth) + '</a>'.repeat(depth);
}

describe('reading', () => {
  test('Namespaces in XML 6: prefixes and defaults become namespace names', () => {
    const root = parse('<a xmlns="urn:1" xmlns:p="urn:2"><p:b c="1" p:c="2"/><b xmlns="">t</b></a>');
    expect([root.name, root.namespace]).toEqual(['a', 'urn:1']);
    const [first, second] = root.children;
    expect([first?.name, first?.namespace]).toEqual(['b', 'urn:2']);
    expect(first?.attributes).toEqual(
      new Map([
        ['c', '1'],
        ['{urn:2}c', '2'],
      ]),
    );
    expect([second?.name, second?.namespace, second?.text]).toEqual(['b', '', 't']);
  });

  test('namespace declarations are no attributes', () => {
    expect(parse('<a xmlns="urn:1" xmlns:p="urn:2"/>').attributes.size).toBe(0);
  });

  test('XML 2.7: CDATA, entities and character references are text', () => {
    expect(parse('<a>1<![CDATA[<2>]]>&amp;&lt;&#x41;&#66;<b>no</b>3</a>').text).toBe('1<2>&<AB3');
  });

  test('a byte order mark, comments and processing instructions are passed over', () => {
    const root = parse('\uFEFF<?xml version="1.0" encoding="utf-8"?><!-- c --><a><?pi x?><!-- d -->t</a>\n');
    expect([root.text, root.children]).toEqual(['t', []]);
  });

  test('childElement and childText: the first of that name, in the parent namespace unless told', () => {
    const root = parse('<a xmlns="urn:1" xmlns:p="urn:2"><p:b>no</p:b><b> yes </b><b>later</b></a>');
    expect(childText(root, 'b')).toBe('yes');
    expect(childText(root, 'b', 'urn:2')).toBe('no');
    expect(childElement(root, 'c')).toBeUndefined();
    expect(childText(root, 'c')).toBeUndefined();
  });
});

describe('refusing', () => {
  const bomb = `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>`;
  const rows: readonly [name: string, document: string, message: RegExp][] = [
    ['a DTD', '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', /document type declaration/],
    ['an entity bomb', bomb, /document type declaration/],
    ['an unknown entity', '<a>&x;</a>', /undefined entity/i],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /encoding ISO-8859-1/],
    ['an unclosed element', '<a><b></a>', /unexpected close tag|unclosed/i],
    ['an undeclared prefix', '<p:a/>', /unbound namespace prefix/i],
    ['an attribute twice', '<a b="1" b="2"/>', /duplicate attribute/i],
    ['nothing', '', /root/i],
    ['text', 'hello', /text/i],
    ['two roots', '<a/><b/>', /root|document/i],
    ['a control character', '<a>\u0001</a>', /disallowed/i],
  ];
  for (const [name, document, message] of rows)
    test(`refuses ${name}`, () => {
      expect(thrownBy(MalformedXml, () => parse(document)).message).toMatch(message);
    });

  test('refuses UTF-16 and octets that are no UTF-8', () => {
    const utf16 = Uint8Array.of(0xff, 0xfe, 0x3c, 0, 0x61, 0, 0x2f, 0, 0x3e, 0);
    expect(() => parseXml(utf16)).toThrow(/not in UTF-8/);
    expect(() => parseXml(Uint8Array.of(0x3c, 0x61, 0x3e, 0xc3, 0x28))).toThrow(/not in UTF-8/);
  });

  test('limits: octets, depth, elements', () => {
    expect(parse(nested(64)).name).toBe('a');
    expect(() => parse(nested(65))).toThrow('more than 64 elements deep');
    expect(() => parse(nested(3), { maxDepth: 2 })).toThrow('more than 2 elements deep');
    expect(() => parse('<a><b/><b/></a>', { maxElements: 2 })).toThrow('more than 2 elements');
    expect(() => parse('<a/>    ', { maxBytes: 7 })).toThrow('more than 7 octets');
  });

  test('a message fits into a reason phrase, whatever the document holds', () => {
    const { message } = thrownBy(MalformedXml, () => parse(`<${'ä\u{1F600}'.repeat(200)} x></b>`));
    expect(message).toMatch(/^[\x20-\x7E]{1,99}$/);
  });

  test('any octets: an element or MalformedXml, nothing else', () => {
    const fragment = fc.constantFrom(
      '<a',
      '>',
      '/>',
      '</a>',
      ' b="',
      '"',
      '&',
      ';',
      '<!',
      '[CDATA[',
      ']]>',
      '<?',
      'xml',
    );
    const soup = fc
      .array(fc.oneof(fragment, fc.string({ unit: 'binary' })))
      .map((parts) => octets(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(soup, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          parseXml(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedXml);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('escapeXml', () => {
  test('XML 2.4: markup and white space that a reader would change become references', () => {
    expect(escapeXml(`<a b="c">&'\t\n\r`)).toBe(`&lt;a b=&quot;c&quot;&gt;&amp;'&#9;&#10;&#13;`);
  });

  test('XML 2.2: what XML cannot hold becomes U+FFFD', () => {
    expect(escapeXml('\u0000\u0008\uFFFE\uD800x')).toBe('\uFFFD\uFFFD\uFFFD\uFFFDx');
  });

  test('any text comes back from an element and from an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const held = text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
        const root = parse(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`);
        expect([root.text, root.attributes.get('b')]).toEqual([held, held]);
      }),
    );
  });
});
