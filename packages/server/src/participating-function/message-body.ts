import {
  ContentTooLarge,
  contentEncodings,
  contentMediaType,
  type Cpim,
  decodeContent,
  decodedContent,
  imdnMediaType,
  MalformedContent,
  MalformedCpim,
  MalformedImdn,
  parseCpim,
  parseImdn,
  UnsupportedEncoding,
} from '@restante/cpm';
import { contentType, SipRejection } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** A body as it is read; what is stored and forwarded are the octets that came (D-19). */
export interface MessageBody {
  /** Media type and octets of the content: inside the CPIM wrapper where there is one. */
  readonly type: string;
  readonly size: number;
  readonly cpim?: Cpim;
  /** imdn.Message-ID of the message that a disposition notification is about, where it can be read. */
  readonly about?: string;
}

export const isComposingMediaType = 'application/im-iscomposing+xml';
/** Clients send these without the wrapper too, and they are never kept. */
const alwaysTaken: readonly string[] = [imdnMediaType, isComposingMediaType];
const cpimType = 'message/cpim';

/** Throws the SipRejection that answers a body which cannot be taken: 400, 413, 415. */
export async function readMessageBody(
  request: SipRequest,
  { acceptedTypes, limits }: Pick<ParticipatingFunctionSettings, 'acceptedTypes' | 'limits'>,
): Promise<MessageBody> {
  const type = acceptedType(request, acceptedTypes);
  if (request.body.length > limits.messageOctets) throw new SipRejection(413);
  const body = await decodedBody(request, limits.messageOctets);
  if (type !== cpimType) return { type, size: body.length, ...aboutOf(type, () => body) };
  const cpim = readCpim(body);
  const inside = contentMediaType(cpim);
  return {
    type: inside,
    size: cpim.content.body.length,
    cpim,
    ...aboutOf(inside, () => decodedContent(cpim)),
  };
}

// What cannot be read goes through all the same: it is between the two clients.
function aboutOf(type: string, content: () => Uint8Array): Pick<MessageBody, 'about'> {
  if (type !== imdnMediaType) return {};
  try {
    return { about: parseImdn(content()).messageId };
  } catch (error) {
    if (error instanceof MalformedImdn || error instanceof MalformedCpim) return {};
    throw error;
  }
}

function acceptedType(request: SipRequest, accepted: readonly string[]): string {
  const type = contentType(request)?.name;
  if (type === undefined) throw new SipRejection(400, { reason: 'Content-Type: missing' });
  if (!accepted.includes(type) && !alwaysTaken.includes(type))
    throw new SipRejection(415, { headers: [['Accept', accepted.join(', ')]] });
  return type;
}

async function decodedBody({ headers, body }: SipRequest, maxOctets: number): Promise<Uint8Array> {
  const encoding = headers.get('Content-Encoding');
  if (encoding === undefined) return body;
  try {
    return await decodeContent(body, encoding, maxOctets);
  } catch (error) {
    if (error instanceof UnsupportedEncoding)
      throw new SipRejection(415, { headers: [['Accept-Encoding', contentEncodings.join(', ')]] });
    if (error instanceof ContentTooLarge) throw new SipRejection(413);
    if (error instanceof MalformedContent) throw new SipRejection(400, { reason: error.message });
    throw error;
  }
}

function readCpim(body: Uint8Array): Cpim {
  try {
    return parseCpim(body);
  } catch (error) {
    if (error instanceof MalformedCpim) throw new SipRejection(400, { reason: error.message });
    throw error;
  }
}
