import {
  type BodyPart,
  boundaryFor,
  contentDisposition,
  contentType,
  HeaderFields,
  joinMultipart,
  leafParts,
  MalformedMessage,
  parseSdp,
  serializeSdp,
  type SessionDescription,
} from '@restante/sip';
import { faultText } from './fault.ts';
import {
  MalformedPullList,
  type PullEntry,
  type PullListLimits,
  readPullList,
  resourceListMediaType,
  writePullList,
} from './resource-list.ts';
import { decodeTransfer, MalformedTransferEncoding } from './transfer-encoding.ts';

/** What the body of a pull INVITE says. */
export interface PullBody {
  readonly offer: SessionDescription;
  /** Undefined where there is no list: everything is to be delivered. An empty list names nothing (D-2). */
  readonly list: readonly PullEntry[] | undefined;
}

/** The body cannot be read (D-3): nothing is done. The message says which entry and why, and fits into a Warning text. */
export class MalformedPullBody extends Error {
  override readonly name = 'MalformedPullBody';
  /** 415 for a body, a part or a list of another type, which goes with an Accept of `pullBodyTypes`. */
  readonly status: 400 | 415;
  /** The `uri` of the list entry at fault, as it was written. */
  readonly entry?: string;

  constructor(status: 400 | 415, fault: string, entry?: string) {
    super(faultText(fault));
    this.status = status;
    if (entry !== undefined) this.entry = entry;
  }
}

const sdpMediaType = 'application/sdp';
const listDisposition = 'recipient-list';

/** What the body may be, for Accept. */
export const pullBodyTypes = [sdpMediaType, resourceListMediaType, 'multipart/mixed'] as const;

const decoder = new TextDecoder();

/**
 * Reads the body of a pull INVITE: an SDP offer, alone or with a URI list beside it (RFC 5366). A list without a
 * Content-Disposition is taken for what it is; never is one passed over, since then everything would be delivered.
 *
 * @param contentTypeValue the header's value as it was written; so is contentDispositionValue
 * @throws MalformedPullBody
 */
export function readPullBody(
  contentTypeValue: string | undefined,
  contentDispositionValue: string | undefined,
  body: Uint8Array,
  limits: PullListLimits = {},
): PullBody {
  try {
    return readParts(partsOf(contentTypeValue, contentDispositionValue, body), limits);
  } catch (error) {
    if (error instanceof MalformedMessage || error instanceof MalformedTransferEncoding)
      throw new MalformedPullBody(400, error.message);
    if (error instanceof MalformedPullList) throw new MalformedPullBody(400, error.message, error.entry);
    throw error;
  }
}

function partsOf(
  type: string | undefined,
  disposition: string | undefined,
  body: Uint8Array,
): readonly BodyPart[] {
  if (body.length === 0) throw new MalformedPullBody(400, 'No SDP offer in the request');
  if (type === undefined) throw new MalformedPullBody(400, 'Content-Type: missing');
  if (/[\r\n\0]/.test(`${type}${disposition}`))
    throw new MalformedPullBody(400, 'Content-Type: control character');
  const rows: [string, string][] = [['Content-Type', type]];
  if (disposition !== undefined) rows.push(['Content-Disposition', disposition]);
  return leafParts({ headers: HeaderFields.of(rows), body });
}

function readParts(parts: readonly BodyPart[], limits: PullListLimits): PullBody {
  const offers: BodyPart[] = [];
  const lists: BodyPart[] = [];
  for (const part of parts) {
    const kind = kindOf(part);
    if (kind === 'offer') offers.push(part);
    else if (kind === 'list') lists.push(part);
  }
  const [offer, anotherOffer] = offers;
  const [list, anotherList] = lists;
  if (offer === undefined) throw new MalformedPullBody(400, 'No SDP offer in the request');
  if (anotherOffer !== undefined) throw new MalformedPullBody(400, 'Two SDP offers in the request');
  if (anotherList !== undefined) throw new MalformedPullBody(400, 'Two URI lists in the request');
  return {
    offer: readOffer(offer),
    list: list && readPullList(decodeTransfer(list), limits),
  };
}

function readOffer(part: BodyPart): SessionDescription {
  const text = decoder.decode(decodeTransfer(part));
  // Lines of the offer come back in the answer, where they could not be written.
  if (/\r(?!\n)|\0/.test(text)) throw new MalformedPullBody(400, 'SDP: control character');
  return parseSdp(text);
}

/** RFC 3261 section 20.11: only what says `handling=optional` may be passed over. */
function kindOf(part: BodyPart): 'offer' | 'list' | 'optional' {
  const type = contentType(part)?.name ?? 'text/plain';
  const disposition = contentDisposition(part);
  if (type === resourceListMediaType) {
    if (disposition === undefined || disposition.type === listDisposition) return 'list';
    throw new MalformedPullBody(
      400,
      `URI list with Content-Disposition ${disposition.type}, not ${listDisposition}`,
    );
  }
  if (disposition?.type === listDisposition)
    throw new MalformedPullBody(415, `URI list of type ${type}, not ${resourceListMediaType}`);
  if (disposition?.parameters.get('handling') === 'optional') return 'optional';
  if (type !== sdpMediaType) throw new MalformedPullBody(415, `Body of type ${type}`);
  if (disposition === undefined || disposition.type === 'session') return 'offer';
  throw new MalformedPullBody(400, `SDP with Content-Disposition ${disposition.type}, not session`);
}

/** A body and the Content-Type that goes with it. */
export interface ComposedPullBody {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** CL-5 and CL-6: the offer alone, or with the list beside it; then the request needs `Require: recipient-list-invite`. */
export function composePullBody(offer: SessionDescription, list?: Iterable<PullEntry>): ComposedPullBody {
  const sdp = new TextEncoder().encode(serializeSdp(offer));
  if (list === undefined) return { contentType: sdpMediaType, body: sdp };
  const parts: readonly BodyPart[] = [
    { headers: HeaderFields.of([['Content-Type', sdpMediaType]]), body: sdp },
    {
      headers: HeaderFields.of([
        ['Content-Type', resourceListMediaType],
        ['Content-Disposition', listDisposition],
      ]),
      body: writePullList(list),
    },
  ];
  const boundary = boundaryFor(parts, 'cpm-pull');
  return { contentType: `multipart/mixed;boundary="${boundary}"`, body: joinMultipart(parts, boundary) };
}
