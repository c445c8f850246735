import { MalformedMessage } from '@restante/sip';

/** An MSRP URI (RFC 4975 section 6): `msrp://host:port/session-id;tcp`. */
export interface MsrpUri {
  readonly scheme: 'msrp' | 'msrps';
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** Absent where the URI has none: then it is to be looked up in DNS. */
  readonly port?: number;
  readonly sessionId: string;
  readonly transport: string;
  /** As it was written: what To-Path has to repeat octet by octet. */
  readonly text: string;
}

/** The way through relays to an end: the next hop first, the end itself last (RFC 4976). Never empty. */
export type MsrpPath = readonly MsrpUri[];

/** More URIs than this are no path but an attack. */
const maxHops = 16;

const form =
  /^(msrps?):\/\/(?:[^@/\s]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?(?:\/([^;/?#\s]+))?;([a-z0-9.-]+)(?:;[^\s]*)?$/i;

/** Throws MalformedMessage. User information and parameters are read over (section 6.1). */
export function parseMsrpUri(text: string): MsrpUri {
  const [, scheme = '', host = '', digits, sessionId = '', transport = ''] = form.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (scheme === '' || (port !== undefined && port > 65_535))
    throw new MalformedMessage(`no MSRP URI: '${text.slice(0, 100)}'`);
  return {
    scheme: scheme.toLowerCase() === 'msrps' ? 'msrps' : 'msrp',
    host: host.replaceAll(/[[\]]/g, ''),
    ...(port !== undefined && { port }),
    sessionId,
    transport: transport.toLowerCase(),
    text,
  };
}

/** The URI of the parts, written out. Throws MalformedMessage where they make none. */
export function msrpUri(parts: Omit<MsrpUri, 'text' | 'transport'>): MsrpUri {
  const { scheme, host, port, sessionId } = parts;
  const authority = host.includes(':') ? `[${host}]` : host;
  const place = port === undefined ? authority : `${authority}:${port}`;
  return parseMsrpUri(`${scheme}://${place}/${sessionId};tcp`);
}

/** URIs divided by blanks, as To-Path, From-Path and a=path have them. Throws MalformedMessage. */
export function parseMsrpPath(text: string): MsrpPath {
  const uris = text.trim().split(/[ \t]+/);
  if (uris.length > maxHops) throw new MalformedMessage('a path of too many URIs');
  return uris.map(parseMsrpUri);
}

export function serializeMsrpPath(path: MsrpPath): string {
  return path.map(({ text }) => text).join(' ');
}

/** RFC 4975 section 6.1: a port that is not there equals no port; session ids are compared octet by octet. */
export function msrpUriEquals(a: MsrpUri, b: MsrpUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    a.sessionId === b.sessionId &&
    a.transport === b.transport
  );
}

/** The end that the path leads to. */
export function endOf(path: MsrpPath): MsrpUri {
  const end = path.at(-1);
  if (end === undefined) throw new MalformedMessage('an empty path');
  return end;
}

/** The next hop of the path. */
export function firstOf(path: MsrpPath): MsrpUri {
  const [first] = path;
  if (first === undefined) throw new MalformedMessage('an empty path');
  return first;
}
