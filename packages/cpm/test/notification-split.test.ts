import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serializeDeferredNotification } from '../src/deferred-notification-writer.ts';
import {
  type DeferredNotification,
  parseDeferredNotification,
  type WaitingMessageInfo,
} from '../src/deferred-notification.ts';
import { largestMessageRequest, splitNotification } from '../src/notification-split.ts';
import { anyNotification, asRead } from './support/notifications.ts';

const expiry = Date.UTC(2026, 2, 4, 9, 15, 27);

/** The order in which an entry lets its fields go (D-20), what stays at the end. */
const full: WaitingMessageInfo = {
  uri: 'sip:dm-8f2c41d07a@pf.home.example',
  mode: 'large',
  from: 'tel:+15550100',
  fromName: 'Alice Example',
  to: 'tel:+15550123',
  date: expiry - 1000,
  expiry,
  size: 48_211,
  contentType: 'image/jpeg',
  subject: 'Site photos & more',
  messageId: 'q81LmZa0',
  conversationId: '6d0c6e2a-2b7c-4c27-a1c1-5f6c0d3f1a02',
  contributionId: '9f40c2f1-8a55-4c3e-9a57-0f6a3f5f2c11',
};

function notification(
  ...messages: readonly WaitingMessageInfo[]
): DeferredNotification & { readonly id: string } {
  return { number: messages.length, event: 'waiting', id: 'n81', messages };
}

function numbered(count: number): readonly WaitingMessageInfo[] {
  return Array.from({ length: count }, (_, index) => ({
    uri: `sip:dm-${index}@pf`,
    mode: 'pager' as const,
    expiry,
  }));
}

function sizeOf(document: DeferredNotification): number {
  return serializeDeferredNotification(document).length;
}

function without(
  message: WaitingMessageInfo,
  ...fields: readonly (keyof WaitingMessageInfo)[]
): WaitingMessageInfo {
  const kept = Object.entries(message).filter(([field]) => !fields.some((gone) => gone === field));
  return { uri: message.uri, mode: message.mode, ...Object.fromEntries(kept) };
}

describe('PF-5: several MESSAGEs where one is not enough', () => {
  test('what fits is one document without id, part and parts', () => {
    const whole = notification(...numbered(3));
    const parts = splitNotification(whole, { overhead: 830 });
    expect(parts).toHaveLength(1);
    expect(parts[0]?.document).toEqual({ number: 3, event: 'waiting', messages: whole.messages });
    expect(parseDeferredNotification(parts[0]?.body ?? new Uint8Array())).toEqual(parts[0]?.document);
  });

  test('the summary is one part', () => {
    const summary = { number: 7, event: 'reminder', messages: [] } as const;
    expect(splitNotification(summary, { overhead: 0 }).map(({ document }) => document)).toEqual([summary]);
  });

  test('parts are filled in order, and each says its place and the total', () => {
    const whole = { ...notification(...numbered(20)), number: 25 };
    const parts = splitNotification(whole, { overhead: 830 });
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.flatMap(({ document }) => document.messages)).toEqual(whole.messages);
    for (const [index, { document, body }] of parts.entries()) {
      expect(document).toMatchObject({ number: 25, id: 'n81', part: index + 1, parts: parts.length });
      expect(body.length).toBeLessThanOrEqual(largestMessageRequest - 830);
    }
  });

  test('no part has room for the first entry of the next one', () => {
    const parts = splitNotification(notification(...numbered(50)), { overhead: 700 });
    for (const [index, { document }] of parts.entries()) {
      const next = parts[index + 1]?.document.messages[0];
      if (next !== undefined)
        expect(sizeOf({ ...document, messages: [...document.messages, next] })).toBeGreaterThan(600);
    }
  });

  test('one octet decides', () => {
    const whole = notification(full, { ...full, uri: 'sip:dm-2@pf.home.example' });
    const limit = sizeOf({ number: 2, event: 'waiting', messages: whole.messages });
    expect(splitNotification(whole, { overhead: 100, limit: limit + 100 })).toHaveLength(1);
    expect(splitNotification(whole, { overhead: 100, limit: limit + 99 })).toHaveLength(2);
  });

  test('a thousand messages: the digits of part and parts are counted', () => {
    const parts = splitNotification(notification(...numbered(1000)), { overhead: 1100 });
    expect(parts).toHaveLength(1000);
    expect(parts.at(-1)?.document).toMatchObject({ part: 1000, parts: 1000, number: 1000 });
    // Room for one entry and not an octet more, where part and parts have four digits.
    const limit = Math.max(...parts.map(({ body }) => body.length));
    expect(splitNotification(notification(...numbered(1000)), { overhead: 0, limit })).toHaveLength(1000);
  });

  test('a namespace of another length is counted', () => {
    const namespace = `urn:${'x'.repeat(100)}`;
    const parts = splitNotification(notification(...numbered(10)), { overhead: 830, namespace });
    for (const { body, document } of parts) {
      expect(body.length).toBeLessThanOrEqual(470);
      expect(parseDeferredNotification(body, { namespace })).toEqual(document);
    }
  });
});

describe('D-20: an entry that is too long for a part', () => {
  const steps: readonly (keyof WaitingMessageInfo)[] = [
    'fromName',
    'conversationId',
    'contributionId',
    'messageId',
    'to',
  ];
  for (const [count, field] of steps.entries())
    test(`lets go of ${steps.slice(0, count + 1).join(', ')} and nothing more`, () => {
      const wanted = without(full, ...steps.slice(0, count + 1));
      const limit = sizeOf(notification(wanted)) - ' id="n81"'.length;
      const [part, ...others] = splitNotification(notification(full), { overhead: 0, limit });
      expect(others).toEqual([]);
      expect(part?.document.messages).toEqual([wanted]);
      expect(part?.document.messages[0]).not.toHaveProperty(field);
      expect(part?.body).toHaveLength(limit);
    });

  test('then as much of the subject as it must, at a character', () => {
    const bare = without(full, ...steps, 'subject');
    const subject = 'a&\u{1F600}\u{1F600}é';
    const written = ['', 'a', 'a&', 'a&\u{1F600}', 'a&\u{1F600}\u{1F600}'];
    const seen = new Set<string | undefined>();
    const longest = sizeOf({ number: 1, event: 'waiting', messages: [{ ...bare, subject }] });
    const shortest = sizeOf({ number: 1, event: 'waiting', messages: [bare] });
    for (let limit = shortest; limit < longest; limit += 1) {
      const [part] = splitNotification(notification({ ...full, subject }), { overhead: 0, limit });
      const [message] = part?.document.messages ?? [];
      expect(part?.body.length).toBeLessThanOrEqual(limit);
      expect(message).toEqual(
        message?.subject === undefined ? bare : { ...bare, subject: message.subject, subjectTruncated: true },
      );
      seen.add(message?.subject);
      if (message?.subject !== undefined) expect(written).toContain(message.subject);
    }
    expect(seen).toContain(undefined);
    expect(seen.size).toBeLessThanOrEqual(written.length);
  });

  test('a long subject is cut to the last octet that fits', () => {
    const long = { ...full, subject: 'x'.repeat(5000) };
    const [part] = splitNotification(notification(long), { overhead: 830 });
    expect(part?.body).toHaveLength(470);
    expect(part?.document.messages[0]).toMatchObject({ subjectTruncated: true, from: full.from, expiry });
  });

  test('what is too long even then goes alone, over the limit', () => {
    const [first, monster, last] = [...numbered(2), { ...full, uri: `sip:${'x'.repeat(600)}@pf` }].toSorted(
      (a, b) => a.uri.localeCompare(b.uri),
    );
    const parts = splitNotification(
      notification(...[first, monster, last].filter((message) => message !== undefined)),
      { overhead: 830 },
    );
    expect(parts.map(({ body }) => body.length > 470).filter(Boolean)).toHaveLength(1);
    expect(parts.flatMap(({ document }) => document.messages)).toHaveLength(3);
  });
});

/** Every field that an entry may lose, in order; then its subject may be shorter. */
function isShortened(kept: WaitingMessageInfo, whole: WaitingMessageInfo): boolean {
  const { subject, subjectTruncated, ...rest } = kept;
  const { subject: wholeSubject = '', ...wholeRest } = whole;
  const sameRest = Object.entries(rest).every(([field, value]) =>
    Object.entries(wholeRest).some(([f, v]) => f === field && v === value),
  );
  const stays = (['uri', 'from', 'date', 'expiry', 'size', 'contentType'] as const).every(
    (field) => kept[field] === whole[field],
  );
  return (
    sameRest &&
    stays &&
    (subject === undefined ||
      subject === wholeSubject ||
      (subjectTruncated === true && wholeSubject.startsWith(subject)))
  );
}

describe('for every queue', () => {
  test('the parts together are the queue, in order; each fits, says the total and its place', () => {
    const overhead = fc.integer({ min: 600, max: 800 });
    fc.assert(
      fc.property(anyNotification, overhead, (whole, overhead) => {
        const parts = splitNotification(whole, { overhead });
        const messages = parts.flatMap(({ document }) => document.messages);
        expect(messages.map(({ uri }) => uri)).toEqual(whole.messages.map(({ uri }) => uri));
        for (const [index, message] of messages.entries()) {
          const original = whole.messages[index];
          expect(original !== undefined && isShortened(message, original)).toBe(true);
        }
        for (const [index, { document, body }] of parts.entries()) {
          expect(body.length).toBeLessThanOrEqual(largestMessageRequest - overhead);
          expect(document.number).toBe(whole.number);
          expect(document.event).toBe(whole.event);
          expect([document.id, document.part, document.parts]).toEqual(
            parts.length === 1 ? [undefined, undefined, undefined] : [whole.id, index + 1, parts.length],
          );
          expect(parseDeferredNotification(body)).toEqual({
            ...document,
            messages: document.messages.map(asRead),
          });
        }
      }),
    );
  });
});
