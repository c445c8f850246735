import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeCpim, serializeCpim } from '../src/cpim-writer.ts';
import {
  escapeCpimText,
  parseCpimAddress,
  serializeCpimAddress,
  unescapeCpimText,
} from '../src/cpim-text.ts';
import { cpimAddress, cpimHeader, cpimNamespaces, imdnHeader, parseCpim } from '../src/cpim.ts';
import { crlf, octets, textOf } from './support/text.ts';

const date = Date.UTC(2026, 2, 1, 9, 20, 2, 999);

describe('composeCpim', () => {
  test('RFC 5438 7.1.1: a standalone message, octet by octet', () => {
    const bytes = composeCpim({
      from: { uri: 'sip:+15550100@home.example' },
      to: { displayName: 'Bob "B"', uri: 'tel:+15550123' },
      date,
      subject: 'Lunch',
      messageId: 'Zk3qTn81sWb0',
      dispositions: ['positive-delivery', 'negative-delivery'],
      contentType: 'text/plain;charset=UTF-8',
      body: octets('Lunch at noon?'),
    });
    expect(textOf(bytes)).toBe(
      textOf(
        crlf(`From: <sip:+15550100@home.example>
To: "Bob \\"B\\"" <tel:+15550123>
DateTime: 2026-03-01T09:20:02Z
Subject: Lunch
NS: imdn <urn:ietf:params:imdn>
imdn.Message-ID: Zk3qTn81sWb0
imdn.Disposition-Notification: positive-delivery, negative-delivery

Content-Type: text/plain;charset=UTF-8
Content-Length: 14

Lunch at noon?`),
      ),
    );
  });

  test('CL-12: what is composed is read back, whatever names, subjects and contents hold', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.uint8Array(), (displayName, subject, body) => {
        const cpim = parseCpim(
          composeCpim({
            from: { displayName, uri: 'sip:a@b' },
            to: { uri: 'sip:c@d' },
            date,
            subject,
            messageId: 'm1',
            contentType: 'application/octet-stream',
            body,
          }),
        );
        // Space around a value belongs to the line, not to the value.
        expect(cpimHeader(cpim, 'Subject')?.trim()).toBe(subject.toWellFormed().trim());
        expect(cpimAddress(cpim, 'From')?.uri).toBe('sip:a@b');
        expect(imdnHeader(cpim, 'Message-ID')).toBe('m1');
        expect(imdnHeader(cpim, 'Disposition-Notification')).toBeUndefined();
        expect(cpim.content.body).toEqual(body);
      }),
    );
  });
});

describe('serializeCpim', () => {
  test('RFC 3862 4.6: each namespace is declared once, before its first use', () => {
    const bytes = serializeCpim({
      headers: [
        { name: 'From', value: '<sip:a@b>' },
        { name: 'Payload-Type', namespace: cpimNamespaces.cpm, value: 'text/plain' },
        { name: 'Message-ID', namespace: cpimNamespaces.imdn, value: '1' },
        { name: 'A', namespace: 'urn:x', value: '1' },
        { name: 'B', namespace: 'urn:x', value: '2' },
      ],
      content: { headers: [], body: octets('') },
    });
    expect(textOf(bytes)).toBe(
      'From: <sip:a@b>\r\nNS: cpm <http://www.openmobilealliance.org/cpm/>\r\ncpm.Payload-Type: text/plain\r\n' +
        'NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 1\r\nNS: x3 <urn:x>\r\nx3.A: 1\r\nx3.B: 2\r\n\r\n' +
        'Content-Length: 0\r\n\r\n',
    );
    expect(cpimHeader(parseCpim(bytes), 'B', 'urn:x')).toBe('2');
  });

  test('no value can begin a header of its own', () => {
    const bytes = serializeCpim({
      headers: [{ name: 'Subject', value: 'a\r\nimdn.Message-ID: 2\u0085\u2028' }],
      content: { headers: [['Content-Type', 'text/plain\r\n\r\nx']], body: octets('') },
    });
    const { headers, content } = parseCpim(bytes);
    expect(headers).toHaveLength(1);
    expect([...content.headers].map(([name]) => name)).toEqual(['Content-Type', 'Content-Length']);
  });
});

describe('RFC 3862 2.3 and 4.1: text and addresses', () => {
  test('any text is escaped into one line and comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeCpimText(text);
        expect(escaped).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(unescapeCpimText(escaped)).toBe(text.toWellFormed());
      }),
    );
  });

  test('any display name comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const displayName = name.toWellFormed();
        expect(parseCpimAddress(serializeCpimAddress({ displayName, uri: 'sip:a@b' }))).toEqual({
          displayName,
          uri: 'sip:a@b',
        });
      }),
    );
  });

  test('a URI cannot end its brackets', () => {
    expect(serializeCpimAddress({ uri: 'sip:a>\r\n<"b' })).toBe('<sip:a%3E%0D%0A%3C%22b>');
  });
});
