import { createInterface } from 'node:readline';

/** Lines of a stream, without those that are empty or a comment. */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncIterable<string> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) yield text;
  }
}
