import type { DeferredMessage, MessageContent, MessageId } from './deferred-message.ts';

/** Messages of the first batch, which the device waits for. */
const firstMessages = 16;
/** Messages of each further batch: to deliver so many takes longer than a commit, behind which the next one is read. */
const batchMessages = 128;
/** Octets of content in a batch, unless a single message has more. */
const batchOctets = 131_072;

/** As DeferredQueue.contents. */
type ReadContents = (ids: readonly MessageId[]) => Promise<readonly (MessageContent | undefined)[]>;

interface Batch {
  readonly start: number;
  readonly end: number;
  readonly contents: ReturnType<ReadContents>;
}

/**
 * The content of each message, in the order of the messages; undefined for one that is not there any more.
 * While one batch is being delivered the next one is read: at most 256 KB of content are in memory.
 * Only for messages that are claimed: what is read ahead can then not expire or be withdrawn. Rejects as `read` does.
 */
export async function* contentsAhead(
  messages: readonly DeferredMessage[],
  read: ReadContents,
): AsyncGenerator<MessageContent | undefined> {
  const readBatch = (start: number, most: number): Batch => {
    const end = batchEnd(messages, start, most);
    const ids = messages.slice(start, end).map(({ id }) => id);
    const contents = ids.length === 0 ? Promise.resolve([]) : read(ids);
    // Nobody may come to ask for it.
    contents.catch(() => {});
    return { start, end, contents };
  };
  for (let batch = readBatch(0, firstMessages); batch.start < messages.length;) {
    const contents = await batch.contents;
    // Asked for before the first of these is settled, so that no commit is in front of it.
    const next = readBatch(batch.end, batchMessages);
    for (let at = batch.start; at < batch.end; at += 1) yield contents[at - batch.start];
    batch = next;
  }
}

function batchEnd(messages: readonly DeferredMessage[], start: number, most: number): number {
  let octets = 0;
  for (let at = start; at < messages.length; at += 1) {
    octets += messages[at]?.size ?? 0;
    if (at === start + most || (at > start && octets > batchOctets)) return at;
  }
  return messages.length;
}
