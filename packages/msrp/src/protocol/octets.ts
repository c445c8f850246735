export const cr = 13;
export const lf = 10;
export const hyphen = 45;
export const blank = 32;
export const colon = 58;

const utf8 = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** So few octets of ASCII are quicker put together than decoded. */
const fewOctets = 64;
const atOnce = 8;

/** UTF-8; what is none becomes U+FFFD. */
export function textOf(octets: Uint8Array, from: number, to: number): string {
  if (to - from > fewOctets || !isAscii(octets, from, to)) return utf8.decode(octets.subarray(from, to));
  let text = '';
  let at = from;
  for (; at + atOnce <= to; at += atOnce)
    text += String.fromCharCode(
      octets[at] ?? 0,
      octets[at + 1] ?? 0,
      octets[at + 2] ?? 0,
      octets[at + 3] ?? 0,
      octets[at + 4] ?? 0,
      octets[at + 5] ?? 0,
      octets[at + 6] ?? 0,
      octets[at + 7] ?? 0,
    );
  for (; at < to; at += 1) text += String.fromCharCode(octets[at] ?? 0);
  return text;
}

function isAscii(octets: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((octets[at] ?? 0) > 127) return false;
  return true;
}

export function octetsOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Do the octets from `at` on begin with these? */
export function hasAt(octets: Uint8Array, at: number, to: number, wanted: Uint8Array): boolean {
  if (at + wanted.length > to) return false;
  for (let index = 0; index < wanted.length; index += 1)
    if (octets[at + index] !== wanted[index]) return false;
  return true;
}
