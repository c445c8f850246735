import * as fc from 'fast-check';
import type { DeferredNotification, WaitingMessageInfo } from '../../src/deferred-notification.ts';
import { notificationEvents } from '../../src/deferred-notification.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 120 });
const token = fc.string({
  unit: fc.constantFrom('a', 'B', '7', '-', '<', '&', 'é', '\u{1F600}'),
  minLength: 1,
  maxLength: 40,
});
const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);
const uri = fc
  .tuple(fc.constantFrom('sip:', 'tel:+', 'sips:'), fc.stringMatching(/^[a-z0-9]{1,20}$/))
  .map((parts) => parts.join(''));

/** Any waiting message, with names and subjects that try to break out of the document. */
export const anyMessage: fc.Arbitrary<WaitingMessageInfo> = fc.record(
  {
    uri: fc.uuid().map((id) => `sip:dm-${id}@pf.home.example`),
    mode: fc.constantFrom('pager', 'large'),
    from: uri,
    fromName: anyText,
    to: uri,
    date: seconds,
    expiry: seconds,
    size: fc.nat(),
    contentType: fc.constantFrom('text/plain', 'image/jpeg', 'text/plain; charset="utf-8"'),
    subject: anyText,
    messageId: token,
    conversationId: token,
    contributionId: token,
  },
  { requiredKeys: ['uri', 'mode'] },
);

/** Any notification with its messages, and a total that may count more than it lists. */
export const anyNotification: fc.Arbitrary<DeferredNotification> = fc
  .record({
    messages: fc.array(anyMessage, { maxLength: 30 }),
    event: fc.constantFrom(...notificationEvents),
    more: fc.nat(5),
    id: fc.stringMatching(/^[a-z0-9]{1,12}$/),
  })
  .map(({ messages, event, more, id }) => ({ number: messages.length + more, event, id, messages }));

/** What a reader gets back: XML cannot hold every character, and a `from` carries the name. */
export function asRead(message: WaitingMessageInfo): WaitingMessageInfo {
  const { fromName, subject, ...rest } = message;
  return {
    ...rest,
    ...(fromName !== undefined && message.from !== undefined && { fromName: asXmlText(fromName) }),
    ...(subject !== undefined && { subject: asXmlText(subject) }),
  };
}

function asXmlText(text: string): string {
  return text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
