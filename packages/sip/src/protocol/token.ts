const tokenBit = 1;
const valueEndBit = 2;

const classes = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
  classes[char.charCodeAt(0)] = tokenBit;
for (const char of ' \t;,"<>') classes[char.charCodeAt(0)] = valueEndBit;

/** Is this byte or UTF-16 unit allowed in a token (RFC 3261 section 25.1)? */
export function isTokenCode(code: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & tokenBit) !== 0;
}

/** Does this end the value of a parameter that is not quoted? */
export function isValueEnd(code: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & valueEndBit) !== 0;
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
