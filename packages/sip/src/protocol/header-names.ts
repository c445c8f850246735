/** The header fields the stack knows, each with its compact form; an entry's place is its number, less one. */
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
  ['Content-Encoding', 'e'],
  ['Content-Disposition'],
  ['Content-Language'],
  ['Content-Transfer-Encoding'],
  ['Content-ID'],
  ['Route'],
  ['Record-Route'],
  ['Path'],
  ['Service-Route'],
  ['Subject', 's'],
  ['Supported', 'k'],
  ['Require'],
  ['Proxy-Require'],
  ['Unsupported'],
  ['Allow'],
  ['Accept'],
  ['Accept-Encoding'],
  ['Accept-Language'],
  ['Accept-Contact', 'a'],
  ['Reject-Contact', 'j'],
  ['Request-Disposition', 'd'],
  ['Event', 'o'],
  ['Allow-Events', 'u'],
  ['Subscription-State'],
  ['Expires'],
  ['Min-Expires'],
  ['Date'],
  ['Retry-After'],
  ['Warning'],
  ['User-Agent'],
  ['Server'],
  ['Authorization'],
  ['Proxy-Authorization'],
  ['WWW-Authenticate'],
  ['Proxy-Authenticate'],
  ['Authentication-Info'],
  ['P-Asserted-Identity'],
  ['P-Preferred-Identity'],
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
  ['MIME-Version'],
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
const byName = new Map<string, number>();

function slotOf(length: number, first: number, middle: number, last: number): number {
  return (length * 37 + (first | 0x20) * 101 + (middle | 0x20) * 11 + (last | 0x20) * 53) & (slots - 1);
}

function enter(name: string, number: number): void {
  const lower = name.toLowerCase();
  byName.set(name, number).set(lower, number);
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

/** The number of a header name in its long or compact form, in any case; `unknownName` where it has none. */
export function nameNumber(name: string): number {
  return byName.get(name) ?? byName.get(name.toLowerCase()) ?? unknownName;
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
