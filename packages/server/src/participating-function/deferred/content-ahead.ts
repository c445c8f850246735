import type { DeferredMessage, MessageContent, MessageId } from './deferred-message.ts';

/** Messages that are read at once. */
const batchMessages = 16;
/** Octets of content that are read at once, unless a single message has more. */
const batchOctets = 131_072;

/** As DeferredQueue.contents. */
type ReadContents = (ids: readonly MessageId[]) => Promise<readonly (MessageContent | undefined)[]>;

/**
 * The content of each message, in the order of the messages; undefined for one that is not there any more.
 * While one batch is being delivered the next one is read: at most 32 messages are in memory, and 256 KB of them.
 * Only for messages that are claimed: what is read ahead can then not expire or be withdrawn. Rejects as `read` does.
 */
export async function* contentsAhead(
  messages: readonly DeferredMessage[],
  read: ReadContents,
): AsyncGenerator<MessageContent | undefined> {
  const readFrom = (start: number) => {
    const ids = messages.slice(start, batchEnd(messages, start)).map(({ id }) => id);
    const batch = ids.length === 0 ? Promise.resolve([]) : read(ids);
    // It may never be asked for.
    batch.catch(() => {});
    return { start, end: start + ids.length, batch };
  };
  for (let current = readFrom(0); current.start < messages.length;) {
    const contents = await current.batch;
    const next = readFrom(current.end);
    for (let at = current.start; at < current.end; at += 1) yield contents[at - current.start];
    current = next;
  }
}

function batchEnd(messages: readonly DeferredMessage[], start: number): number {
  let octets = 0;
  for (let at = start; at < messages.length; at += 1) {
    octets += messages[at]?.size ?? 0;
    if (at === start + batchMessages || (at > start && octets > batchOctets)) return at;
  }
  return messages.length;
}
