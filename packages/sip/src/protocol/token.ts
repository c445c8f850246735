const tokenBit = 1;
const valueEndBit = 2;
const hostBit = 4;

const classes = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
  mark(char, tokenBit);
for (const char of ' \t;,"<>') mark(char, valueEndBit);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._') mark(char, hostBit);

function mark(char: string, bit: number): void {
  classes[char.charCodeAt(0)] = (classes[char.charCodeAt(0)] ?? 0) | bit;
}

/** Is this byte or UTF-16 unit allowed in a token (RFC 3261 section 25.1)? */
export function isTokenCode(code: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & tokenBit) !== 0;
}

/** Does this end the value of a parameter that is not quoted? */
export function isValueEnd(code: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & valueEndBit) !== 0;
}

/** Letters, digits, '-', '.', and '_' which occurs in real host names. */
export function isHostCode(code: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & hostBit) !== 0;
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** ASCII text in lower case; text that is so already, as nearly all names are, is returned as it is. */
export function lowerCase(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if ((code >= 0x41 && code <= 0x5a) || code >= 0x80) return text.toLowerCase();
  }
  return text;
}

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (!isTokenCode(text.charCodeAt(i))) return false;
  return text.length > 0;
}

/** Digits only, as a number; undefined where there is anything else. Numbers above 2^53 lose precision, not size. */
export function decimal(text: string): number | undefined {
  if (text.length === 0) return undefined;
  let number = 0;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** The value as a quoted-string. A NUL may stand in one as a quoted-pair only (RFC 3261 section 25.1). */
export function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\0', '\\\0')}"`;
}
