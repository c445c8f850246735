import { cpimDateTime } from './cpim-writer.ts';
import {
  type DeferredNotification,
  notificationNamespace,
  type WaitingMessageInfo,
} from './deferred-notification.ts';
import { escapeXml } from './xml.ts';

export interface NotificationWriteOptions {
  /** `notificationNamespace` where it is left out. */
  readonly namespace?: string | undefined;
}

const encoder = new TextEncoder();

/** Writes the whole document, without white space. splitNotification writes it in parts that fit. */
export function serializeDeferredNotification(
  notification: DeferredNotification,
  options: NotificationWriteOptions = {},
): Uint8Array {
  return joinDocument(notification, notification.messages.map(writeEntry), options);
}

/** The document around entries that are written already. */
export function joinDocument(
  notification: Omit<DeferredNotification, 'messages'>,
  entries: readonly string[],
  { namespace = notificationNamespace }: NotificationWriteOptions,
): Uint8Array {
  const { number, event, id, part, parts } = notification;
  let xml = `<?xml version="1.0" encoding="UTF-8"?>\n<deferred-messages xmlns="${escapeXml(namespace)}"`;
  xml += ` number="${writeCount(number)}"`;
  if (event !== 'waiting') xml += ` event="${event}"`;
  if (id !== undefined) xml += ` id="${writeToken(id)}"`;
  if (part !== undefined) xml += ` part="${part}"`;
  if (parts !== undefined) xml += ` parts="${parts}"`;
  xml += entries.length === 0 ? '/>' : `>${entries.join('')}</deferred-messages>`;
  return encoder.encode(xml);
}

/** One `message` element, its children in the order of the schema. */
export function writeEntry(message: WaitingMessageInfo): string {
  const { uri, mode, from, fromName, subject, subjectTruncated } = message;
  const name = fromName === undefined ? '' : ` name="${escapeXml(fromName)}"`;
  const truncated = subjectTruncated === true ? ' truncated="true"' : '';
  return (
    `<message uri="${writeUri(uri)}"${mode === 'large' ? ' mode="large"' : ''}>` +
    (from === undefined ? '' : `<from${name}>${writeUri(from)}</from>`) +
    element('to', message.to, writeUri) +
    element('date', message.date, cpimDateTime) +
    element('expiry', message.expiry, cpimDateTime) +
    element('size', message.size, writeCount) +
    element('content-type', message.contentType, writeToken) +
    (subject === undefined ? '' : `<subject${truncated}>${escapeXml(subject)}</subject>`) +
    element('message-id', message.messageId, writeToken) +
    element('conversation-id', message.conversationId, writeToken) +
    element('contribution-id', message.contributionId, writeToken) +
    '</message>'
  );
}

function element<T>(name: string, value: T | undefined, write: (value: T) => string): string {
  return value === undefined ? '' : `<${name}>${write(value)}</${name}>`;
}

/**
 * xs:anyURI: what a URI cannot hold is percent-encoded, and nothing else is touched. Square brackets may only stand around an
 * IPv6 address.
 */
function writeUri(uri: string): string {
  const encoded = uri
    .toWellFormed()
    .replaceAll(/\[[\da-fA-F:.]+\]|[^\w.~:/?@!$&'()*+,;=%-]/gu, (text) =>
      text.length > 2 && text.startsWith('[') ? text : encodeURIComponent(text),
    );
  return escapeXml(encoded.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
}

/** xs:token: white space inside is one space each, none around. */
function writeToken(text: string): string {
  return escapeXml(text.trim().replaceAll(/\s+/g, ' '));
}

function writeCount(count: number): string {
  return String(Math.max(0, Math.trunc(count)));
}
