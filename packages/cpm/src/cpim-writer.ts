import { type CpimAddress, escapeControls, escapeCpimText, serializeCpimAddress } from './cpim-text.ts';
import { cpimNamespaces } from './cpim.ts';

/** A header to write. `value` is taken as it stands, but for control characters, which are escaped. */
export interface CpimDraftHeader {
  readonly name: string;
  /** RFC 3862's own where it is left out. */
  readonly namespace?: string;
  readonly value: string;
}

/** A `message/cpim` body to compose. */
export interface CpimDraft {
  readonly headers: readonly CpimDraftHeader[];
  readonly content: {
    /** Content-Length is added. */
    readonly headers: Iterable<readonly [name: string, value: string]>;
    readonly body: Uint8Array;
  };
}

/** The media type of what serializeCpim writes. */
export const cpimMediaType = 'message/cpim';

const encoder = new TextEncoder();
const usualPrefixes: ReadonlyMap<string, string> = new Map([
  [cpimNamespaces.imdn, 'imdn'],
  [cpimNamespaces.cpm, 'cpm'],
]);

/** Writes a CPIM of our own making. A CPIM that was received is passed on as the octets it came in. */
export function serializeCpim({ headers, content }: CpimDraft): Uint8Array {
  const prefixes = new Map<string, string>([[cpimNamespaces.core, '']]);
  let head = '';
  for (const { name, namespace = cpimNamespaces.core, value } of headers) {
    let prefix = prefixes.get(namespace);
    if (prefix === undefined) {
      const declared = usualPrefixes.get(namespace) ?? `x${prefixes.size}`;
      head += `NS: ${declared} <${escapeControls(namespace)}>\r\n`;
      prefix = `${declared}.`;
      prefixes.set(namespace, prefix);
    }
    head += `${prefix}${name}: ${escapeControls(value)}\r\n`;
  }
  head += '\r\n';
  for (const [name, value] of content.headers) head += `${name}: ${escapeControls(value)}\r\n`;
  head += `Content-Length: ${content.body.length}\r\n\r\n`;
  return concat(encoder.encode(head), content.body);
}

/** A standalone message as a client sends it. */
export interface CpimMessageDraft {
  readonly from: CpimAddress;
  readonly to: CpimAddress;
  /** When it was sent: milliseconds since 1970-01-01T00:00:00Z. */
  readonly date: number;
  readonly subject?: string;
  /** imdn.Message-ID: unguessable, never used again. */
  readonly messageId: string;
  /** The disposition notifications asked for (RFC 5438 section 6.2). */
  readonly dispositions?: Iterable<string>;
  /** For example `text/plain;charset=UTF-8`. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The CPIM of a standalone message with its imdn headers (RFC 5438 section 7.1.1). */
export function composeCpim(message: CpimMessageDraft): Uint8Array {
  const { from, to, date, subject, messageId, dispositions = [], contentType, body } = message;
  const imdn = cpimNamespaces.imdn;
  const headers: CpimDraftHeader[] = [
    { name: 'From', value: serializeCpimAddress(from) },
    { name: 'To', value: serializeCpimAddress(to) },
    { name: 'DateTime', value: cpimDateTime(date) },
  ];
  if (subject !== undefined) headers.push({ name: 'Subject', value: escapeCpimText(subject) });
  headers.push({ name: 'Message-ID', namespace: imdn, value: messageId });
  const wanted = [...dispositions].join(', ');
  if (wanted !== '') headers.push({ name: 'Disposition-Notification', namespace: imdn, value: wanted });
  return serializeCpim({ headers, content: { headers: [['Content-Type', contentType]], body } });
}

/** RFC 3339 in UTC, to the second. */
export function cpimDateTime(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
