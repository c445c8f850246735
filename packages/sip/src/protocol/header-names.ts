/**
 * The header fields the stack knows, each with its compact form; an entry's place is its number, less one. The first
 * 31 are those that are looked for in every message: which of them are there fits into one number (`nameBit`).
 */
const table: readonly (readonly [name: string, compact?: string])[] = [
  ['Via', 'v'],
  ['From', 'f'],
  ['To', 't'],
  ['Call-ID', 'i'],
  ['CSeq'],
  ['Max-Forwards'],
  ['Contact', 'm'],
  ['Content-Length', 'l'],
  ['Content-Type', 'c'],
  ['Content-Disposition'],
  ['Route'],
  ['Record-Route'],
  ['Expires'],
  ['Min-Expires'],
  ['Date'],
  ['Retry-After'],
  ['Event', 'o'],
  ['MIME-Version'],
  ['Subject', 's'],
  ['User-Agent'],
  ['Server'],
  ['Accept'],
  ['Require'],
  ['Accept-Contact', 'a'],
  ['Reject-Contact', 'j'],
  ['Supported', 'k'],
  ['Allow'],
  ['Path'],
  ['P-Asserted-Identity'],
  ['P-Preferred-Identity'],
  ['Warning'],
  ['Content-Encoding', 'e'],
  ['Content-Language'],
  ['Content-Transfer-Encoding'],
  ['Content-ID'],
  ['Service-Route'],
  ['Proxy-Require'],
  ['Unsupported'],
  ['Accept-Encoding'],
  ['Accept-Language'],
  ['Request-Disposition', 'd'],
  ['Allow-Events', 'u'],
  ['Subscription-State'],
  ['Authorization'],
  ['Proxy-Authorization'],
  ['WWW-Authenticate'],
  ['Proxy-Authenticate'],
  ['Authentication-Info'],
  ['P-Asserted-Service'],
  ['P-Preferred-Service'],
  ['P-Called-Party-ID'],
  ['P-Associated-URI'],
  ['P-Access-Network-Info'],
  ['P-Charging-Vector'],
  ['Privacy'],
  ['Conversation-ID'],
  ['Contribution-ID'],
  ['InReplyTo-Contribution-ID'],
  ['In-Reply-To'],
  ['Organization'],
  ['Priority'],
  ['Reply-To'],
  ['Timestamp'],
  ['Session-Expires', 'x'],
  ['Min-SE'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Replaces'],
  ['RSeq'],
  ['RAck'],
  ['SIP-ETag'],
  ['SIP-If-Match'],
  ['Alert-Info'],
  ['Call-Info'],
  ['Error-Info'],
  ['History-Info'],
  ['Security-Client'],
  ['Security-Server'],
  ['Security-Verify'],
  ['Identity', 'y'],
  ['Identity-Info', 'n'],
];

/** The number of a header name that is not in the table. */
export const unknownName = 0;

const slots = 1024;
const slotNumbers = new Uint8Array(slots);
/** Where in `letters` the name of a slot begins, and how long it is. */
const slotStarts = new Uint16Array(slots);
const slotLengths = new Uint8Array(slots);
const letters = new Uint8Array(2048);
let lettersUsed = 0;
/** A name as it is written: its number, and what stands before its value on the wire. */
export interface NameEntry {
  readonly number: number;
  readonly prefix: string;
}

const byName = new Map<string, NameEntry>();

/** The end of the line above, the name and the colon. */
export function rowPrefix(name: string): string {
  return `\r\n${name}: `;
}

function slotOf(length: number, first: number, middle: number, last: number): number {
  return (length * 37 + (first | 0x20) * 101 + (middle | 0x20) * 11 + (last | 0x20) * 53) & (slots - 1);
}

function enter(name: string, number: number): void {
  const lower = name.toLowerCase();
  for (const written of [name, lower]) byName.set(written, { number, prefix: rowPrefix(written) });
  const { length } = lower;
  let slot = slotOf(length, lower.charCodeAt(0), lower.charCodeAt(length >> 1), lower.charCodeAt(length - 1));
  while (slotNumbers[slot] !== unknownName) slot = (slot + 1) & (slots - 1);
  slotNumbers[slot] = number;
  slotStarts[slot] = lettersUsed;
  slotLengths[slot] = length;
  for (const letter of lower) {
    letters[lettersUsed] = letter.charCodeAt(0);
    lettersUsed += 1;
  }
}

table.forEach(([name, compact], index) => {
  enter(name, index + 1);
  if (compact !== undefined) enter(compact, index + 1);
});

/** What is known of a name that is written as in the table or in lower case. */
export function nameEntry(name: string): NameEntry | undefined {
  return byName.get(name);
}

/** The number of a header name in its long or compact form, in any case; `unknownName` where it has none. */
export function nameNumber(name: string): number {
  return (byName.get(name) ?? byName.get(name.toLowerCase()))?.number ?? unknownName;
}

/** A name with its number, so that a reader looks it up once and not in every message. */
export interface KnownName {
  readonly name: string;
  readonly number: number;
}

export function knownName(name: string): KnownName {
  return { name, number: nameNumber(name) };
}

/** The bit of one of the first 31 names; 0 for the others. */
export function nameBit(number: number): number {
  return number < 32 ? 1 << number : 0;
}

/** The first name of those whose bits are set. */
export function nameOfBit(bits: number): string {
  return table[30 - Math.clz32(bits & -bits)]?.[0] ?? '';
}

/** As `nameNumber`, for the name at `bytes[start..end)`: no string is made. */
export function nameNumberAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let slot = slotOf(length, bytes[start] ?? 0, bytes[start + (length >> 1)] ?? 0, bytes[end - 1] ?? 0);
  for (;;) {
    const number = slotNumbers[slot] ?? unknownName;
    if (number === unknownName || (slotLengths[slot] === length && matches(bytes, start, length, slot)))
      return number;
    slot = (slot + 1) & (slots - 1);
  }
}

// Setting the bit 0x20 makes a letter small and leaves '-' as it is; CR would become '-', but ends a line before.
function matches(bytes: Uint8Array, start: number, length: number, slot: number): boolean {
  const from = slotStarts[slot] ?? 0;
  for (let i = 0; i < length; i += 1)
    if (((bytes[start + i] ?? 0) | 0x20) !== letters[from + i]) return false;
  return true;
}
