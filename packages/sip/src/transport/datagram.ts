const carriageReturn = 13;
const lineFeed = 10;
const space = 32;
const slash = 47;

/** RFC 3261 section 25.1, `token`, as a table over ASCII. */
const isToken = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
  isToken[character.charCodeAt(0)] = 1;

/** Longer than any method in use; what has no space by then is no request line. */
const maxMethodLength = 64;

/** What a datagram is by its first octets; only `message` is worth parsing. */
export type DatagramKind = 'message' | 'keep-alive' | 'not-sip';

/**
 * Looks at the first octets only: `SIP/` or a token followed by a space.
 * Line ends alone are a keep-alive (RFC 5626 section 3.5.1); everything else, STUN included, is no SIP.
 */
export function classifyDatagram(bytes: Uint8Array): DatagramKind {
  const start = skipLineEnds(bytes);
  if (start === bytes.length) return bytes.length > 0 ? 'keep-alive' : 'not-sip';
  const end = Math.min(bytes.length, start + maxMethodLength);
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === space) return at > start ? 'message' : 'not-sip';
    if (byte === slash) return isSip(bytes, start, at) ? 'message' : 'not-sip';
    if (byte > 127 || isToken[byte] === 0) return 'not-sip';
  }
  return 'not-sip';
}

/** RFC 3261 section 7.5: line ends before the start line are ignored. */
export function skipLineEnds(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === carriageReturn || bytes[at] === lineFeed)) at += 1;
  return at;
}

function isSip(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 3) return false;
  return upper(bytes[start]) === 83 && upper(bytes[start + 1]) === 73 && upper(bytes[start + 2]) === 80;
}

function upper(byte = 0): number {
  return byte & 0xdf;
}
