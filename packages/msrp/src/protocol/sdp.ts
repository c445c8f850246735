import type { SdpAddress, SdpDirection, SdpLine, SdpMedia, SessionDescription } from '@restante/sip';
import { attribute, attributes, connection, direction, MalformedMessage } from '@restante/sip';
import type { Setup } from './setup.ts';
import type { MsrpPath } from './uri.ts';
import { firstOf, parseMsrpPath, serializeMsrpPath } from './uri.ts';

/** What a description says of MSRP (RFC 4975 section 8). */
export interface MsrpMedia {
  readonly path: MsrpPath;
  readonly protocol: 'TCP' | 'TLS';
  /** 0: the media line is rejected. */
  readonly port: number;
  /** Undefined where it is not said, or `holdconn`, which MSRP does not have. */
  readonly setup: Setup | undefined;
  readonly direction: SdpDirection;
  readonly acceptTypes: readonly string[];
  readonly acceptWrappedTypes: readonly string[];
  /** Octets of the largest message. */
  readonly maxSize: number | undefined;
  /** RFC 6714: the address of c= and m= is the one to connect to. */
  readonly hasCema: boolean;
  readonly address: SdpAddress | undefined;
  /** `sha-256 AB:CD:…` (RFC 8122). */
  readonly fingerprint: string | undefined;
}

const protocols: Readonly<Record<string, 'TCP' | 'TLS'>> = { 'TCP/MSRP': 'TCP', 'TCP/TLS/MSRP': 'TLS' };
const setups: readonly Setup[] = ['active', 'passive', 'actpass'];
const maxMessageSize = Number.MAX_SAFE_INTEGER;

/** The first MSRP media line, or undefined. Throws MalformedMessage where it has no good path. */
export function readMsrpMedia(description: SessionDescription): MsrpMedia | undefined {
  for (const media of description.media) {
    const protocol = protocols[media.protocol.toUpperCase()];
    if (media.media === 'message' && protocol !== undefined)
      return readMedia(media, protocol, description.session);
  }
  return undefined;
}

function readMedia(media: SdpMedia, protocol: 'TCP' | 'TLS', session: readonly SdpLine[]): MsrpMedia {
  const anywhere = (name: string): string | undefined => attribute(media, name) ?? attribute(session, name);
  const path = attribute(media, 'path');
  if (path === undefined) throw new MalformedMessage('SDP: m=message without a=path');
  const setup = anywhere('setup')?.trim();
  return {
    path: parseMsrpPath(path),
    protocol,
    port: media.port,
    setup: setups.find((known) => known === setup),
    direction: direction(media, session),
    acceptTypes: typesOf(media, 'accept-types'),
    // One implementation in the field writes a letter too many.
    acceptWrappedTypes: [
      ...typesOf(media, 'accept-wrapped-types'),
      ...typesOf(media, 'accept-wrapped-typess'),
    ],
    maxSize: sizeOf(attribute(media, 'max-size')),
    hasCema: anywhere('msrp-cema') !== undefined,
    address: connection(media, session),
    fingerprint: anywhere('fingerprint')?.trim(),
  };
}

function typesOf(media: SdpMedia, name: string): readonly string[] {
  return attributes(media, name).flatMap((value) => value.split(/[ \t]+/).filter((type) => type !== ''));
}

function sizeOf(value: string | undefined): number | undefined {
  const digits = value?.trim() ?? '';
  return /^\d{1,19}$/.test(digits) ? Math.min(Number(digits), maxMessageSize) : undefined;
}

/** What msrpMedia writes. */
export interface MsrpMediaOptions {
  /** `session.localPath`. */
  readonly path: MsrpPath;
  readonly setup: Setup;
  /** Default message/cpim. */
  readonly acceptTypes?: readonly string[];
  readonly acceptWrappedTypes?: readonly string[];
  readonly maxSize?: number;
  /** Default sendrecv, which is not written. */
  readonly direction?: SdpDirection;
  readonly fingerprint?: string;
  /** Other attributes: `file-selector:…`. */
  readonly attributes?: readonly string[];
}

const discardPort = 9;

/** A media line with its c= line and attributes (RFC 4975 section 8.1): port and address are those of the path. */
export function msrpMedia(options: MsrpMediaOptions): SdpMedia {
  const { path, setup, acceptTypes = ['message/cpim'], acceptWrappedTypes = [], maxSize } = options;
  const { scheme, host, port = discardPort } = firstOf(path);
  const { direction: way = 'sendrecv', fingerprint } = options;
  const values = [
    `path:${serializeMsrpPath(path)}`,
    `setup:${setup}`,
    `accept-types:${acceptTypes.join(' ')}`,
    ...(acceptWrappedTypes.length > 0 ? [`accept-wrapped-types:${acceptWrappedTypes.join(' ')}`] : []),
    ...(maxSize === undefined ? [] : [`max-size:${maxSize}`]),
    ...(fingerprint === undefined ? [] : [`fingerprint:${fingerprint}`]),
    ...(way === 'sendrecv' ? [] : [way]),
    ...(options.attributes ?? []),
  ];
  return {
    media: 'message',
    port,
    protocol: scheme === 'msrps' ? 'TCP/TLS/MSRP' : 'TCP/MSRP',
    formats: ['*'],
    lines: [
      { type: 'c', value: `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}` },
      ...values.map((value) => ({ type: 'a', value })),
    ],
  };
}

/** A whole description with this one media line. `id` and `version` are those of o= (RFC 8866 section 5.2). */
export function msrpDescription(
  options: MsrpMediaOptions & { readonly id: number; readonly version?: number },
): SessionDescription {
  const media = msrpMedia(options);
  const address = media.lines[0]?.value ?? '';
  const session = [
    { type: 'v', value: '0' },
    { type: 'o', value: `- ${options.id} ${options.version ?? 1} ${address}` },
    { type: 's', value: '-' },
    { type: 't', value: '0 0' },
  ];
  return { session, media: [media] };
}

const bare = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();

/** RFC 4975 section 8.6: does a list with `*` and `text/*` in it have the type? Parameters do not count. */
export function acceptsType(accepted: readonly string[], contentType: string): boolean {
  const wanted = bare(contentType);
  return accepted.map(bare).some((type) => {
    if (type === '*' || type === '*/*' || type === wanted) return true;
    return type.endsWith('/*') && wanted.startsWith(type.slice(0, -1));
  });
}
