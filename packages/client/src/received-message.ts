import {
  type Cpim,
  cpimHeader,
  decodedContent,
  imdnHeader,
  isAnonymous,
  mediaTypeOf,
  requestedServices,
} from '@restante/cpm';
import {
  acceptContacts,
  assertedIdentities,
  date,
  from,
  parseMediaType,
  type SipRequest,
  to,
} from '@restante/sip';

/** A CPM Standalone Message as the user sees it (7.2.2). */
export interface ReceivedMessage {
  /** The sender: P-Asserted-Identity where the network gives it, else From. */
  readonly from: string;
  /** The sender's display name, as the sender or the network wrote it. */
  readonly fromName?: string;
  readonly to: string;
  /** The content as text; empty where it is none. */
  readonly text: string;
  /** The content's type as written, for example `text/plain;charset=UTF-8`. */
  readonly contentType: string;
  /** The content, its Content-Transfer-Encoding taken off. */
  readonly body: Uint8Array;
  readonly subject?: string;
  /** imdn.Message-ID. */
  readonly messageId?: string;
  readonly conversationId?: string;
  readonly contributionId?: string;
  /** When it was sent: milliseconds since 1970-01-01T00:00:00Z. */
  readonly sentAt?: number;
  /** It waited in the network. */
  readonly deferred: boolean;
  /** All of it; undefined where a plain SIP client sent it. */
  readonly cpim: Cpim | undefined;
  /** Tells the sender that the user has seen it, where that was asked for; once, however often it is called. */
  readonly displayed: () => Promise<void>;
}

/** The identity that the network vouches for, else what the sender says. */
export function senderOf(request: SipRequest): { readonly uri: string; readonly displayName?: string } {
  return assertedIdentities(request)[0] ?? from(request);
}

export interface ReadMessageOptions {
  readonly request: SipRequest;
  readonly cpim: Cpim | undefined;
  /** The body of a request without CPIM, its Content-Encoding taken off. */
  readonly plain: Uint8Array;
  /** Was it listed as waiting? */
  readonly isWaiting: (messageId: string) => boolean;
  readonly displayed: () => Promise<void>;
}

/** Throws MalformedCpim where the content's encoding is broken. */
export function readMessage({
  request,
  cpim,
  plain,
  isWaiting,
  displayed,
}: ReadMessageOptions): ReceivedMessage {
  const sender = senderOf(request);
  const contentType = (cpim ? cpim.content.headers : request.headers).get('Content-Type') ?? 'text/plain';
  const body = cpim ? decodedContent(cpim) : plain;
  const messageId = cpim && imdnHeader(cpim, 'Message-ID');
  const subject = (cpim && cpimHeader(cpim, 'Subject')) ?? request.headers.get('Subject');
  const sentAt = sentInstant(cpim, request);
  const conversationId = request.headers.get('Conversation-ID');
  const contributionId = request.headers.get('Contribution-ID');
  const listed = messageId !== undefined && isWaiting(messageId);
  return {
    from: sender.uri,
    ...(sender.displayName !== undefined && { fromName: sender.displayName }),
    to: to(request).uri,
    text: textOf(contentType, body),
    contentType,
    body,
    ...(subject !== undefined && { subject }),
    ...(messageId !== undefined && { messageId }),
    ...(conversationId !== undefined && { conversationId }),
    ...(contributionId !== undefined && { contributionId }),
    ...(sentAt !== undefined && { sentAt }),
    deferred: listed || requestedServices(acceptContacts(request)).has('deferred'),
    cpim,
    displayed,
  };
}

/** Can anybody be told about this message (RFC 5438 section 7.2.1, RFC 3323)? */
export function canBeReported(request: SipRequest): boolean {
  return !isAnonymous(senderOf(request).uri);
}

function sentInstant(cpim: Cpim | undefined, request: SipRequest): number | undefined {
  const instant = Date.parse((cpim && cpimHeader(cpim, 'DateTime')) ?? '');
  return Number.isNaN(instant) ? date(request) : instant;
}

function textOf(contentType: string, body: Uint8Array): string {
  if (!mediaTypeOf(contentType).startsWith('text/')) return '';
  return decoderFor(contentType).decode(body);
}

/** An unknown charset is read as UTF-8: better a few wrong letters than none. */
function decoderFor(contentType: string): TextDecoder {
  try {
    const charset = parseMediaType(contentType).parameters.get('charset');
    return new TextDecoder(typeof charset === 'string' ? charset : 'utf-8');
  } catch {
    return new TextDecoder();
  }
}
