import type { DeferredMessage, MessageId } from '../participating-function/deferred/deferred-message.ts';
import { CommandFailure } from './exit-code.ts';

/** The opaque part of what a person wrote: a message-URI-ID, a whole ID or the beginning of one. */
export function writtenId(text: string): string {
  return text
    .trim()
    .replace(/^sips?:/i, '')
    .replace(/@.*$/, '');
}

/** The one ID that this means: the whole of it, or its last characters. Throws a CommandFailure that says what to write. */
export function expandId(written: string, known: Iterable<MessageId>): MessageId {
  const part = writtenId(written);
  const fitting = part === '' ? [] : [...known].filter((id) => id.endsWith(part) || id.startsWith(part));
  const [only] = fitting;
  if (fitting.includes(part)) return part;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length > 1) {
    throw new CommandFailure('usage', `'${written}' fits ${fitting.length} messages`, 'write more of the ID');
  }
  throw new CommandFailure('notFound', `no message that waits has the ID '${written}'`);
}

const shortest = 6;

/** For each ID its shortest unambiguous end, at least six characters: an ID begins with its time, so its end tells it apart. */
export function shortIds(ids: readonly MessageId[]): ReadonlyMap<MessageId, string> {
  let length = shortest;
  const longest = Math.max(shortest, ...ids.map((id) => id.length));
  while (length < longest && new Set(ids.map((id) => id.slice(-length))).size < ids.length) length += 1;
  return new Map(ids.map((id) => [id, id.slice(-length)]));
}

export function titleOf(message: Pick<DeferredMessage, 'subject' | 'contentType'>): string {
  return message.subject ?? `(${message.contentType})`;
}
