/** RFC 4975 section 9: `ident`. */
export const maxIdentifierLength = 32;
const minIdentifierLength = 4;

const isLetterOrDigit = new Uint8Array(128);
const isAllowed = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  isLetterOrDigit[code] = /[A-Za-z0-9]/.test(character) ? 1 : 0;
  isAllowed[code] = /[A-Za-z0-9.+%=-]/.test(character) ? 1 : 0;
}

/** Are these octets a transaction identifier? */
export function isIdentifier(octets: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length < minIdentifierLength || length > maxIdentifierLength) return false;
  if (isLetterOrDigit[octets[from] ?? 128] !== 1) return false;
  for (let at = from + 1; at < to; at += 1) if (isAllowed[octets[at] ?? 128] !== 1) return false;
  return true;
}
