const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The same text in memory of its own. A header value or a part of one may be a slice that keeps the whole head of
 * its message alive; a string that is kept longer than its message (as a key in a map) goes through here.
 */
export function detach(text: string): string {
  return decoder.decode(encoder.encode(text));
}

// Nobody reads it: it keeps an optimizing compiler from leaving out what has no effect.
const seen = { code: 0 };

/**
 * A text that was put together from parts, in one piece. Until somebody reads in it an engine may keep the parts, and
 * those can be slices of a whole message. Cheaper than `detach`, and enough for a key of several parts.
 */
export function inOnePiece(joined: string): string {
  seen.code = joined.charCodeAt(0);
  return joined;
}
