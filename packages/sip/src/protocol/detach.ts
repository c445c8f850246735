const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The same text in memory of its own. A header value or a part of one may be a slice that keeps the whole head of
 * its message alive; a string that is kept longer than its message (as a key in a map) goes through here.
 */
export function detach(text: string): string {
  return decoder.decode(encoder.encode(text));
}
