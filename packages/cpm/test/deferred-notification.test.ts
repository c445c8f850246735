import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serializeDeferredNotification } from '../src/deferred-notification-writer.ts';
import {
  type DeferredNotification,
  MalformedNotification,
  notificationEvents,
  notificationMediaType,
  notificationNamespace,
  parseDeferredNotification,
  type WaitingMessageInfo,
} from '../src/deferred-notification.ts';
import { splitNotification } from '../src/notification-split.ts';
import { anyNotification, asRead } from './support/notifications.ts';
import { octets, textOf, thrownBy } from './support/text.ts';
import { hasXmllint, invalidDocuments } from './support/xmllint.ts';

const full: WaitingMessageInfo = {
  uri: 'sip:dm-8f2c41d07a@pf.home.example',
  mode: 'large',
  from: 'tel:+15550100',
  fromName: 'Alice',
  to: 'tel:+15550123',
  date: Date.UTC(2026, 2, 1, 9, 15, 27),
  expiry: Date.UTC(2026, 2, 4, 9, 15, 27),
  size: 48_211,
  contentType: 'image/jpeg',
  subject: 'Site photos',
  subjectTruncated: true,
  messageId: 'q81LmZa0',
  conversationId: 'c1',
  contributionId: 'c2',
};

function waiting(...messages: readonly WaitingMessageInfo[]): DeferredNotification {
  return { number: messages.length, event: 'waiting', messages };
}

function writtenFrom(from: string) {
  return textOf(serializeDeferredNotification(waiting({ uri: 'sip:a@b', mode: 'pager', from })));
}

describe('D-20: the document', () => {
  test('media type and namespace are those of no standard body', () => {
    expect([notificationMediaType, notificationNamespace]).toEqual([
      'application/x-cpm-deferred-messages+xml',
      'urn:x-cpm-pull:deferred-messages:1',
    ]);
  });

  test('PF-5: every field, in the order of the schema and without white space', () => {
    const document = {
      ...waiting(full),
      number: 2,
      event: 'expiring',
      id: 'n81',
      part: 1,
      parts: 2,
    } as const;
    expect(textOf(serializeDeferredNotification(document))).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<deferred-messages xmlns="urn:x-cpm-pull:deferred-messages:1" number="2" event="expiring" id="n81" part="1" parts="2">' +
        '<message uri="sip:dm-8f2c41d07a@pf.home.example" mode="large"><from name="Alice">tel:+15550100</from><to>tel:+15550123</to>' +
        '<date>2026-03-01T09:15:27Z</date><expiry>2026-03-04T09:15:27Z</expiry><size>48211</size><content-type>image/jpeg</content-type>' +
        '<subject truncated="true">Site photos</subject><message-id>q81LmZa0</message-id><conversation-id>c1</conversation-id>' +
        '<contribution-id>c2</contribution-id></message></deferred-messages>',
    );
    expect(parseDeferredNotification(serializeDeferredNotification(document))).toEqual(document);
  });

  test('PF-7: the summary is the number alone', () => {
    const summary = { number: 7, event: 'waiting', messages: [] } as const;
    const bytes = serializeDeferredNotification(summary);
    expect(textOf(bytes)).toMatch(
      /<deferred-messages xmlns="urn:x-cpm-pull:deferred-messages:1" number="7"\/>$/,
    );
    expect(parseDeferredNotification(bytes)).toEqual(summary);
  });

  test('another namespace, on both sides', () => {
    const bytes = serializeDeferredNotification(waiting(full), { namespace: 'urn:oma:x"y' });
    expect(parseDeferredNotification(bytes, { namespace: 'urn:oma:x"y' })).toEqual(waiting(full));
    expect(() => parseDeferredNotification(bytes)).toThrow('root element deferred-messages in urn:oma:x');
  });

  test('D-20: hostile subjects and names stay inside their element', () => {
    const evil = '"/></subject><message uri="x"/>]]>&\u0000\uD800\r\n<!--';
    const document = waiting({ ...full, subject: evil, fromName: evil });
    const read = parseDeferredNotification(serializeDeferredNotification(document));
    expect(read.messages).toHaveLength(1);
    expect(read.messages[0]).toEqual(asRead({ ...full, subject: evil, fromName: evil }));
  });

  test('addresses that are no URIs are percent-encoded, the others left alone', () => {
    expect(writtenFrom('sip:a b<"é%zz')).toContain('<from>sip:a%20b%3C%22%C3%A9%25zz</from>');
    expect(writtenFrom('sip:[a#b]')).toContain('<from>sip:%5Ba%23b%5D</from>');
    expect(writtenFrom('sip:a%20b@[::1];x=$&y')).toContain('<from>sip:a%20b@[::1];x=$&amp;y</from>');
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(anyNotification, (notification) => {
        const read = parseDeferredNotification(serializeDeferredNotification(notification));
        expect(read).toEqual({ ...notification, messages: notification.messages.map(asRead) });
      }),
    );
  });
});

function root(attributes: string, content = '') {
  return octets(
    `<d:deferred-messages xmlns:d="${notificationNamespace}" xmlns:x="urn:x" ${attributes}>${content}</d:deferred-messages>`,
  );
}

describe('CL-13: reading', () => {
  test('prefixes, unknown elements and attributes', () => {
    const bytes = root(
      'number=" 3 " x:a="1" b="2"',
      '<x:y/><d:message uri=" sip:a@b " x:mode="large"><x:from>no</x:from><d:size> 5 </d:size><d:subject>a <x:i>b</x:i></d:subject><d:new/></d:message>text',
    );
    expect(parseDeferredNotification(bytes)).toEqual({
      number: 3,
      event: 'waiting',
      messages: [{ uri: 'sip:a@b', mode: 'pager', size: 5, subject: 'a ' }],
    });
  });

  for (const event of notificationEvents)
    test(`event ${event}`, () =>
      expect(parseDeferredNotification(root(`number="0" event="${event}"`)).event).toBe(event));

  test('optional values that make no sense are absent', () => {
    const bytes = root(
      'number="1" event="party" part="x" parts="-1"',
      '<d:message uri="sip:a@b" mode="huge"><d:from/><d:date>yesterday</d:date><d:expiry>2026-02-31T99:00:00Z</d:expiry><d:size>-5</d:size></d:message>',
    );
    expect(parseDeferredNotification(bytes)).toEqual({
      number: 1,
      event: 'waiting',
      messages: [{ uri: 'sip:a@b', mode: 'pager' }],
    });
  });

  test('xs:dateTime with a zone, a fraction, or neither', () => {
    const dates = ['2026-03-01T10:15:27+01:00', '2026-03-01T09:15:27.000Z', '2026-03-01T09:15:27'];
    const messages = dates.map((date) => `<d:message uri="sip:a@b"><d:date>${date}</d:date></d:message>`);
    const read = parseDeferredNotification(root('number="3"', messages.join('')));
    expect(read.messages.map(({ date }) => date)).toEqual([full.date, full.date, full.date]);
  });

  const broken: readonly [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['no number', root(''), /no number of messages/],
    ['a number that is none', root('number="many"'), /no number of messages/],
    ['a message without a uri', root('number="1"', '<d:message/>'), /message without a uri/],
    ['another root', octets(`<a xmlns="${notificationNamespace}"/>`), /root element a/],
    ['no namespace', octets('<deferred-messages number="1"/>'), /in no namespace/],
    ['a DTD', octets('<!DOCTYPE a><a/>'), /document type/],
    ['no XML', octets('3 messages'), /deferred-messages: /],
  ];
  for (const [name, bytes, message] of broken)
    test(`refuses ${name}`, () => {
      expect(thrownBy(MalformedNotification, () => parseDeferredNotification(bytes)).message).toMatch(
        message,
      );
    });

  test('refuses what is larger than the caller allows', () => {
    expect(() => parseDeferredNotification(root('number="1"'), { maxBytes: 20 })).toThrow(
      'more than 20 octets',
    );
  });
});

describe('the schema', () => {
  const isRequired = process.env['CI'] === 'true';

  test.skipIf(!isRequired && !hasXmllint())('xmllint finds every document valid, whole and in parts', () => {
    const notifications = fc.sample(anyNotification, { numRuns: 60, seed: 7 });
    const documents = [
      waiting(full),
      { ...waiting(full), id: 'n1', part: 1, parts: 2, event: 'expired' } as const,
      { number: 7, event: 'waiting', messages: [] } as const,
      waiting({
        ...full,
        from: 'sip:[x%zz ü"<',
        to: '%',
        uri: 'a b',
        contentType: ' text/ \n plain ',
        messageId: ' a  b\u0001',
        size: -3.5,
      }),
      ...notifications,
    ];
    const parts = notifications.flatMap((notification) => splitNotification(notification, { overhead: 830 }));
    expect(
      invalidDocuments([
        ...documents.map((document) => serializeDeferredNotification(document)),
        ...parts.map(({ body }) => body),
      ]),
    ).toBe('');
  });

  test.skipIf(!isRequired && !hasXmllint())('xmllint finds fault with a document that is not valid', () => {
    expect(invalidDocuments([octets(`<deferred-messages xmlns="${notificationNamespace}"/>`)])).toMatch(
      /number/,
    );
  });
});
