import { acceptContactFor, composeImdn, releaseVersion, serviceUrn } from '@restante/cpm';
import { HeaderFields, serializedLength, serializeUri } from '@restante/sip';
import type { Instant, SipRequest } from '@restante/sip';
import type { DispositionNotification } from './deferred/deferred-message.ts';
import { readableUri } from './served-user.ts';

/** What is left for Via and Route of the 1,300 octets of RFC 3428 section 8. */
const octetsForTheWay = 220;
const largestRequest = 1300 - octetsForTheWay;

export interface DispositionDraft {
  readonly owed: DispositionNotification;
  /** Where this copy goes: a client of the sender, or the sender's own address. */
  readonly requestUri: string;
  /** The same at every attempt, so that a copy looks like the one before. */
  readonly date: Instant;
  readonly callId: string;
  readonly fromTag: string;
}

/** The MESSAGE that carries a disposition notification; within 1,300 octets where leaving out the recipients can do it. */
export function dispositionRequest(draft: DispositionDraft): SipRequest {
  const whole = compose(draft, true);
  return serializedLength(whole) <= largestRequest ? whole : compose(draft, false);
}

function compose(
  { owed, requestUri, date, callId, fromTag }: DispositionDraft,
  withRecipient: boolean,
): SipRequest {
  const { about, user, sender, status, imdnMessageId, conversationId, contributionId } = owed;
  const { body } = composeImdn({
    about,
    report: { kind: 'delivery', status },
    messageId: imdnMessageId,
    date,
    withRecipient,
  });
  const headers: (readonly [string, string])[] = [
    ['Max-Forwards', '70'],
    ['From', `<${user}>;tag=${fromTag}`],
    ['To', `<${sender}>`],
    ['Call-ID', callId],
    ['CSeq', '1 MESSAGE'],
    ['P-Asserted-Identity', `<${user}>`],
    ['P-Asserted-Service', serviceUrn('msg')],
    ['Accept-Contact', acceptContactFor('msg')],
  ];
  if (conversationId !== undefined) headers.push(['Conversation-ID', conversationId]);
  if (contributionId !== undefined) headers.push(['Contribution-ID', contributionId]);
  headers.push(['User-Agent', releaseVersion.server], ['Content-Type', 'message/cpim']);
  return { kind: 'request', method: 'MESSAGE', uri: requestUri, headers: HeaderFields.of(headers), body };
}

/**
 * The way to a sender elsewhere: the Request-URI is the sender (RFC 5438 section 12.1.3.1), and who recorded a route
 * last is passed first (section 8).
 */
export function reverseRoute({ about }: DispositionNotification): readonly string[] {
  const [top] = about.recordRoutes;
  if (top === undefined) return [];
  const uri = readableUri(top);
  if (uri?.kind !== 'sip') return [];
  // RFC 3261 section 16.4: without `lr` it would count as a strict router.
  const parameters = new Map(uri.parameters).set('lr', uri.parameters.get('lr') ?? true);
  return [`<${serializeUri({ ...uri, parameters })}>`];
}
