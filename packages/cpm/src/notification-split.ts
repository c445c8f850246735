import { joinDocument, type NotificationWriteOptions, writeEntry } from './deferred-notification-writer.ts';
import type { DeferredNotification, WaitingMessageInfo } from './deferred-notification.ts';
import { escapeXml } from './xml.ts';

/** RFC 3428 section 8: octets of a MESSAGE request that may go where no hop is known to be congestion-safe. */
export const largestMessageRequest = 1300;

export interface NotificationSplitOptions extends NotificationWriteOptions {
  /** Octets of the request without its body. */
  readonly overhead: number;
  /** Octets of the request as a whole; 1,300 where it is left out. */
  readonly limit?: number;
}

/** One MESSAGE of a notification. */
export interface NotificationPart {
  /** What the body says: an entry that did not fit has lost some of its fields. */
  readonly document: DeferredNotification;
  readonly body: Uint8Array;
}

/**
 * Divides a notification so that each part fits into one request: entries in their order, as many in a part as fit. An
 * entry too long for a part of its own loses, one after another, the sender's display name, its identifiers, `to`,
 * and then as much of its subject as it must. What is too long even then goes alone into a part over the limit.
 * `id`, `part` and `parts` are written only where there is more than one part; `number` stays the total.
 */
export function splitNotification(
  notification: DeferredNotification,
  options: NotificationSplitOptions,
): readonly NotificationPart[] {
  const { overhead, limit = largestMessageRequest } = options;
  const { number, event, id, messages } = notification;
  const whole = { number, event };
  const split = { ...whole, ...(id !== undefined && { id }) };
  const roomIn = (head: Omit<DeferredNotification, 'messages'>) =>
    limit - overhead - joinDocument(head, [''], options).length;
  const entries = messages.map(measure);
  const room = roomIn(whole);
  const groups =
    messages.length < 2 || totalLength(entries) <= room
      ? [entries.map((entry) => shorten(entry, room))]
      : groupEntries(entries, (mostParts) => roomIn({ ...split, part: mostParts, parts: mostParts }));
  return groups.map((group, index) => {
    const head = groups.length === 1 ? whole : { ...split, part: index + 1, parts: groups.length };
    const body = joinDocument(
      head,
      group.map(({ xml }) => xml),
      options,
    );
    return { document: { ...head, messages: group.map(({ message }) => message) }, body };
  });
}

interface Entry {
  readonly message: WaitingMessageInfo;
  readonly xml: string;
  /** Octets in UTF-8. */
  readonly length: number;
}

/** How many parts there are decides how long `part` and `parts` are, and with it how many parts there are. */
function groupEntries(entries: readonly Entry[], roomFor: (mostParts: number) => number): readonly Entry[][] {
  for (let mostParts = 9; ; mostParts = mostParts * 10 + 9) {
    const groups = fillGroups(entries, roomFor(mostParts));
    if (groups.length <= mostParts) return groups;
  }
}

function fillGroups(entries: readonly Entry[], room: number): Entry[][] {
  const groups: Entry[][] = [];
  let left = 0;
  for (const whole of entries) {
    const entry = shorten(whole, room);
    if (groups.length > 0 && entry.length <= left) groups.at(-1)?.push(entry);
    else {
      groups.push([entry]);
      left = room;
    }
    left -= entry.length;
  }
  return groups;
}

/** In the order in which an entry lets them go; its uri, from, date, expiry, size and content type stay. */
const dispensable = ['fromName', 'conversationId', 'contributionId', 'messageId', 'to'] as const;

function shorten(entry: Entry, room: number): Entry {
  let shorter = entry;
  for (const field of dispensable) {
    if (shorter.length <= room) return shorter;
    const { [field]: _, ...rest } = shorter.message;
    shorter = measure(rest);
  }
  return shorter.length <= room ? shorter : shortenSubject(shorter, room);
}

function shortenSubject(entry: Entry, room: number): Entry {
  const { subject, subjectTruncated: _, ...rest } = entry.message;
  if (subject === undefined) return entry;
  const empty = measure({ ...rest, subject: '', subjectTruncated: true });
  let left = room - empty.length;
  let kept = '';
  for (const character of subject) {
    left -= utf8Length(escapeXml(character));
    if (left < 0) break;
    kept += character;
  }
  return measure(kept === '' ? rest : { ...rest, subject: kept, subjectTruncated: true });
}

function measure(message: WaitingMessageInfo): Entry {
  const xml = writeEntry(message);
  return { message, xml, length: utf8Length(xml) };
}

function totalLength(entries: readonly Entry[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}

/** Octets of well-formed text. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
