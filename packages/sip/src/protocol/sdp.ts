import { MalformedMessage, quoted } from './malformed-message.ts';
import { decimal } from './token.ts';

/** One line of a session description: 'a', 'path:msrp://…'. */
export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

/** An m= line and the lines below it. */
export interface SdpMedia {
  /** 'message', 'audio' … */
  readonly media: string;
  readonly port: number;
  /** How many ports, where it says so: 'm=audio 49170/2 …'. */
  readonly portCount?: number;
  /** 'TCP/MSRP', 'RTP/AVP' … */
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly lines: readonly SdpLine[];
}

/** A session description (RFC 8866): its lines in order, grouped at the m= lines. */
export interface SessionDescription {
  /** From v= to the first m=. */
  readonly session: readonly SdpLine[];
  readonly media: readonly SdpMedia[];
}

/** RFC 8866 section 6.7. */
export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What a c= or o= line says of an address (RFC 8866 section 5.7). */
export interface SdpAddress {
  readonly family: 4 | 6;
  readonly host: string;
}

/** More lines than this are refused. */
const maxLines = 1000;
const directions: readonly SdpDirection[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** Bare LF ends a line too (seen in the field), and empty lines at the end are read over. Throws MalformedMessage. */
export function parseSdp(text: string): SessionDescription {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  if (lines.length > maxLines) throw new MalformedMessage('SDP: too many lines');
  const session: SdpLine[] = [];
  const media: (SdpMedia & { readonly lines: SdpLine[] })[] = [];
  for (const line of lines) {
    const parsed = parseLine(line);
    if (parsed.type === 'm') media.push({ ...parseMedia(parsed.value), lines: [] });
    else (media.at(-1)?.lines ?? session).push(parsed);
  }
  if (session[0]?.type !== 'v' || session[0].value !== '0')
    throw new MalformedMessage('SDP: v=0 expected first');
  return { session, media };
}

function parseLine(line: string): SdpLine {
  if (!/^[a-z]=/.test(line)) throw new MalformedMessage(`SDP: no line: '${quoted(line)}'`);
  return { type: line.slice(0, 1), value: line.slice(2) };
}

function parseMedia(value: string): Omit<SdpMedia, 'lines'> {
  const [media, ports, protocol, ...formats] = value.split(' ').filter((field) => field !== '');
  const [first = '', count] = (ports ?? '').split('/');
  const port = decimal(first);
  const portCount = count === undefined ? undefined : decimal(count);
  const countIsWrong = count !== undefined && portCount === undefined;
  if (media === undefined || protocol === undefined || port === undefined || port > 65_535 || countIsWrong)
    throw new MalformedMessage(`SDP: m=${quoted(value)}`);
  return { media, port, protocol, formats, ...(portCount !== undefined && { portCount }) };
}

/** Lines end in CRLF. Throws a TypeError where a value holds a line break. */
export function serializeSdp({ session, media }: SessionDescription): string {
  let text = session.map(serializeLine).join('');
  for (const { media: kind, port, portCount, protocol, formats, lines } of media) {
    const ports = portCount === undefined ? `${port}` : `${port}/${portCount}`;
    text += serializeLine({ type: 'm', value: [kind, ports, protocol, ...formats].join(' ') });
    text += lines.map(serializeLine).join('');
  }
  return text;
}

function serializeLine({ type, value }: SdpLine): string {
  if (!/^[a-z]$/.test(type) || /[\r\n\0]/.test(value)) throw new TypeError('An SDP line is one line.');
  return `${type}=${value}\r\n`;
}

type Lines = readonly SdpLine[] | { readonly lines: readonly SdpLine[] };

function linesOf(section: Lines): readonly SdpLine[] {
  return 'lines' in section ? section.lines : section;
}

/** Every value of an attribute, in order; an attribute without a value is ''. */
export function attributes(section: Lines, name: string): readonly string[] {
  const found: string[] = [];
  for (const { type, value } of linesOf(section)) {
    if (type !== 'a') continue;
    const colon = value.indexOf(':');
    if ((colon < 0 ? value : value.slice(0, colon)) === name)
      found.push(colon < 0 ? '' : value.slice(colon + 1));
  }
  return found;
}

/** The first value of an attribute: `attribute(media, 'accept-types')`; '' where it has none, undefined where it is not there. */
export function attribute(section: Lines, name: string): string | undefined {
  return attributes(section, name)[0];
}

/** The media's own direction, else the session's, else sendrecv (RFC 8866 section 6.7). */
export function direction(media: SdpMedia, session: readonly SdpLine[] = []): SdpDirection {
  for (const section of [media.lines, session]) {
    const found = directions.find((name) => attribute(section, name) !== undefined);
    if (found !== undefined) return found;
  }
  return 'sendrecv';
}

/** The answer's direction to an offer's (RFC 3264 section 6.1), for a side that would both send and receive. */
export function answeredDirection(offered: SdpDirection): SdpDirection {
  if (offered === 'sendonly') return 'recvonly';
  return offered === 'recvonly' ? 'sendonly' : offered;
}

/** The address of the media's own c= line, else of the session's. */
export function connection(media: SdpMedia, session: readonly SdpLine[] = []): SdpAddress | undefined {
  const line = [...media.lines, ...session].find(({ type }) => type === 'c');
  const [, family, host] = /^IN IP([46]) ([^ /]+)/.exec(line?.value ?? '') ?? [];
  return host === undefined ? undefined : { family: family === '6' ? 6 : 4, host };
}
