const letterEscapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', r: '\r' };
const escapeLetters: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

/** RFC 3862 section 2.3: a header value as it is meant. A backslash before any other character stands for that character. */
export function unescapeCpimText(value: string): string {
  if (!value.includes('\\')) return value;
  return value
    .replaceAll(/\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (letterEscapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .toWellFormed();
}

/** RFC 3862 section 2.3: text as a header value, on one line whatever it holds. */
export function escapeCpimText(text: string): string {
  return escapeControls(text.replaceAll('\\', '\\\\'));
}

/** Keeps escapes that are there already; only what would break the line is written as an escape. */
export function escapeControls(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(
      /[\p{Cc}\u2028\u2029]/gu,
      (control) =>
        escapeLetters[control] ?? `\\u${control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    );
}

/** The value of From, To, cc and of the IMDN routes (RFC 3862 section 4.1). */
export interface CpimAddress {
  readonly displayName?: string;
  readonly uri: string;
}

/** Reads `"Name" <uri>`, `Name <uri>`, `<uri>` or, where the brackets were forgotten, `uri`. Undefined where there is no URI. */
export function parseCpimAddress(value: string): CpimAddress | undefined {
  const open = value.lastIndexOf('<');
  if (open === -1) return /^[^\s<>"]+$/.test(value) ? { uri: value } : undefined;
  const close = value.indexOf('>', open);
  const uri = close === -1 ? '' : value.slice(open + 1, close).trim();
  if (uri === '' || /[\s"]/.test(uri)) return undefined;
  const written = value.slice(0, open).trim();
  const quoted = written.length > 1 && written.startsWith('"') && written.endsWith('"');
  const displayName = unescapeCpimText(quoted ? written.slice(1, -1) : written);
  return displayName === '' ? { uri } : { displayName, uri };
}

/** The counterpart of parseCpimAddress; a URI cannot end its brackets or its line. */
export function serializeCpimAddress({ displayName, uri }: CpimAddress): string {
  const safeUri = uri
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s<>"]/gu, (character) => encodeURIComponent(character));
  if (displayName === undefined || displayName === '') return `<${safeUri}>`;
  return `"${escapeCpimText(displayName).replaceAll('"', '\\"')}" <${safeUri}>`;
}
