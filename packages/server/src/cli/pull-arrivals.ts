import type { CpmClient, ReceivedMessage } from '@restante/client';

/** Deliveries of one pull follow each other without a pause; silence as long as this ends one whose number is not known. */
const quietMilliseconds = 1500;

export interface Arrivals {
  /** Messages that came, in order. */
  readonly messages: readonly ReceivedMessage[];
  /** Everything that was expected came. Where no number was expected: at least one did. */
  readonly complete: boolean;
}

/**
 * Reads messages until as many as expected are there, or, where nobody knows how many, until it stays quiet.
 * Gives up `timeoutMilliseconds` after the last one came.
 */
export async function awaitArrivals(
  client: CpmClient,
  expected: number | undefined,
  timeoutMilliseconds: number,
  show: (message: ReceivedMessage) => void,
): Promise<Arrivals> {
  const messages: ReceivedMessage[] = [];
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), timeoutMilliseconds);
  if (expected === 0) stop.abort();
  for await (const message of client.messages({ signal: stop.signal })) {
    messages.push(message);
    show(message);
    clearTimeout(timer);
    if (expected !== undefined && messages.length >= expected) break;
    timer = setTimeout(() => stop.abort(), expected === undefined ? quietMilliseconds : timeoutMilliseconds);
  }
  clearTimeout(timer);
  return { messages, complete: expected === undefined ? messages.length > 0 : messages.length >= expected };
}
