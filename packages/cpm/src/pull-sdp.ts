import { attribute, direction, type SdpLine, type SdpMedia, type SessionDescription } from '@restante/sip';
import { cpimMediaType } from './cpim-writer.ts';

/** RFC 4975 section 14.2: the port where nobody listens, since the offerer connects. */
const discardPort = 9;

export interface PullOfferDraft {
  /** IPv4 or IPv6 address, without brackets, or a host name. */
  readonly host: string;
  /** The session part of the MSRP URI: unguessable (RFC 4975 section 14.1). */
  readonly sessionId: string;
  /** What `o=` counts sessions by; 1 where it is left out. */
  readonly originId?: number;
  /** Further types beside `message/cpim` (7.2.3.2.1 step 5b). */
  readonly acceptTypes?: readonly string[];
}

export interface PullAnswerDraft extends Omit<PullOfferDraft, 'acceptTypes'> {
  /** Not 0: that would refuse the media (RFC 4975 section 8.1). */
  readonly port: number;
}

/** The offer cannot be accepted: 488 with this Warning (RFC 3261 section 20.43). */
export class PullOfferRejected extends Error {
  override readonly name = 'PullOfferRejected';
  readonly status = 488;
  /** 304 Media type not available, 305 Incompatible media format. */
  readonly warningCode: 304 | 305;

  constructor(warningCode: 304 | 305, text: string) {
    super(text);
    this.warningCode = warningCode;
  }
}

/** CL-5: an MSRP session that would receive `message/cpim` and is never set up (7.2.3.2.1 NOTE 3). */
export function composePullOffer(draft: PullOfferDraft): SessionDescription {
  const { host, sessionId, acceptTypes = [] } = draft;
  return {
    session: sessionLines(draft, [{ type: 't', value: '0 0' }]),
    media: [
      {
        media: 'message',
        port: discardPort,
        protocol: 'TCP/MSRP',
        formats: ['*'],
        lines: attributeLines(
          `path:${msrpUri('msrp', host, discardPort, sessionId)}`,
          'setup:active',
          `accept-types:${[cpimMediaType, ...acceptTypes].join(' ')}`,
          'recvonly',
        ),
      },
    ],
  };
}

/**
 * PF-11: the answer that accepts the first media which could receive `message/cpim` over MSRP; other media get port 0
 * (RFC 3264 section 6).
 *
 * @throws PullOfferRejected where there is none
 */
export function answerPullOffer(offer: SessionDescription, draft: PullAnswerDraft): SessionDescription {
  const accepted = acceptableMedia(offer);
  return {
    // RFC 3264 section 6: the times are those of the offer.
    session: sessionLines(
      draft,
      offer.session.filter(({ type }) => type === 't'),
    ),
    media: offer.media.map((media) => (media === accepted ? answerMedia(media, draft) : refused(media))),
  };
}

function acceptableMedia({ session, media }: SessionDescription): SdpMedia {
  const msrp = media.filter((media) => media.media === 'message' && media.port !== 0 && isMsrp(media));
  if (msrp.length === 0) throw new PullOfferRejected(304, 'No MSRP media in the offer');
  const cpim = msrp.filter(acceptsCpim);
  if (cpim.length === 0) throw new PullOfferRejected(305, `accept-types without ${cpimMediaType}`);
  const receiving = cpim.find((media) => /^(?:recvonly|sendrecv)$/.test(direction(media, session)));
  if (receiving === undefined) throw new PullOfferRejected(305, 'The MSRP media is not recvonly');
  return receiving;
}

function isMsrp({ protocol }: SdpMedia): boolean {
  return /^TCP\/(?:TLS\/)?MSRP$/i.test(protocol);
}

function acceptsCpim(media: SdpMedia): boolean {
  const types = attribute(media, 'accept-types')?.toLowerCase().split(/\s+/) ?? [];
  return types.includes(cpimMediaType) || types.includes('*') || types.includes('message/*');
}

function answerMedia(offered: SdpMedia, { host, port, sessionId }: PullAnswerDraft): SdpMedia {
  const scheme = /TLS/i.test(offered.protocol) ? 'msrps' : 'msrp';
  // RFC 6135 section 4.2 forbids to offer `passive`; who does it nevertheless is answered by RFC 4145 section 4.1.
  const setup = attribute(offered, 'setup')?.trim() === 'passive' ? 'active' : 'passive';
  return {
    media: offered.media,
    port,
    protocol: offered.protocol,
    formats: offered.formats,
    lines: attributeLines(
      `path:${msrpUri(scheme, host, port, sessionId)}`,
      `setup:${setup}`,
      `accept-types:${cpimMediaType}`,
      'sendonly',
    ),
  };
}

function refused({ media, protocol, formats }: SdpMedia): SdpMedia {
  return { media, port: 0, protocol, formats, lines: [] };
}

function sessionLines({ host, originId = 1 }: PullOfferDraft, times: readonly SdpLine[]): readonly SdpLine[] {
  const address = `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}`;
  return [
    { type: 'v', value: '0' },
    { type: 'o', value: `- ${originId} 1 ${address}` },
    { type: 's', value: '-' },
    { type: 'c', value: address },
    ...(times.length === 0 ? [{ type: 't', value: '0 0' }] : times),
  ];
}

function attributeLines(...values: readonly string[]): readonly SdpLine[] {
  return values.map((value) => ({ type: 'a', value }));
}

/** RFC 4975 section 6. */
function msrpUri(scheme: 'msrp' | 'msrps', host: string, port: number, sessionId: string): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/${sessionId};tcp`;
}
