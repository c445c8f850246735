import {
  type CpmService,
  type Cpim,
  cpimHeader,
  imdnMediaType,
  mediaTypeOf,
  messageKey,
  readImdnRequest,
  requestedServices,
} from '@restante/cpm';
import {
  acceptContacts,
  callId,
  cseq,
  date,
  expires,
  from,
  MalformedMessage,
  maxForwards,
  to,
  topVia,
} from '@restante/sip';
import type { Instant, SipRequest } from '@restante/sip';
import type {
  MessageContent,
  MessageDescription,
  RequestedDispositions,
} from './deferred/deferred-message.ts';
import { endToEndHeaders } from './end-to-end-headers.ts';
import { isComposingMediaType, readMessageBody } from './message-body.ts';
import type { MessageBody } from './message-body.ts';
import { Memo } from './memo.ts';
import type { Addressee } from './registered-clients.ts';
import type { Originator } from './requester.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** Why a message is never deferred (D-15). */
export type Passing = 'disposition notification' | 'is-composing' | 'system message' | 'empty message';

/** A pager mode CPM Standalone Message as the Participating Function sees it. */
export interface StandaloneMessage {
  readonly description: MessageDescription;
  readonly content: MessageContent;
  /** Set for what is delivered now or not at all. */
  readonly passing?: Passing;
  /** The message that a disposition notification reports on. */
  readonly about?: Pick<MessageDescription, 'user' | 'identity'>;
  /** The device that a GRUU in the Request-URI names. */
  readonly instance?: string;
  /** What is left of the request's hops. */
  readonly hops: number;
}

export interface MessageFacts {
  readonly addressee: Addressee;
  readonly originator: Originator;
  readonly trusted: boolean;
  readonly settings: Pick<
    ParticipatingFunctionSettings,
    'domain' | 'acceptedTypes' | 'deferral' | 'limits' | 'notification'
  >;
  readonly now: Instant;
}

/** What these end with is their delivery. */
const passingTypes: ReadonlyMap<string, Passing> = new Map([
  [imdnMediaType, 'disposition notification'],
  [isComposingMediaType, 'is-composing'],
]);

/** Reads a MESSAGE; throws the SipRejection or the MalformedMessage that answers what cannot be taken. */
export async function readStandaloneMessage(
  request: SipRequest,
  facts: MessageFacts,
): Promise<StandaloneMessage> {
  const body = await readMessageBody(request, facts.settings);
  const passing = passingKind(request, body, facts);
  return {
    description: describe(request, body, facts),
    content: { headers: endToEndHeaders(request, facts), body: request.body },
    ...(passing !== undefined && { passing }),
    ...aboutOf(body, facts),
    ...(facts.addressee.instance !== undefined && { instance: facts.addressee.instance }),
    hops: maxForwards(request) ?? 70,
  };
}

function passingKind(
  request: SipRequest,
  { type, size }: MessageBody,
  facts: MessageFacts,
): Passing | undefined {
  const kind = passingTypes.get(type);
  if (kind !== undefined) return kind;
  const isNotification = type === mediaTypeOf(facts.settings.notification.mediaType);
  if (isNotification || servicesAskedBy(request).has('systemmsg')) return 'system message';
  return size === 0 ? 'empty message' : undefined;
}

const services = new Memo<ReadonlySet<CpmService>>();

function servicesAskedBy(request: SipRequest): ReadonlySet<CpmService> {
  const rows = request.headers.all('Accept-Contact');
  return services.of(rows.join('\n'), () => requestedServices(acceptContacts(request)));
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

function describe(
  request: SipRequest,
  { type, size, cpim }: MessageBody,
  facts: MessageFacts,
): MessageDescription {
  const { originator, addressee, settings, now } = facts;
  const dispositions = cpim && dispositionsOf(cpim);
  const sentAt = sentAtOf(request, cpim);
  const subject = (cpim && cpimHeader(cpim, 'Subject')) ?? request.headers.get('Subject');
  const conversationId = request.headers.get('Conversation-ID');
  const contributionId = request.headers.get('Contribution-ID');
  const description: Mutable<MessageDescription> = {
    user: addressee.user,
    mode: 'pager',
    identity: identityOf(request, facts, dispositions?.messageId),
    to: to(request).uri,
    acceptedAt: now,
    expiresAt: expiryOf(request, now, settings.deferral.maximumSeconds),
    size,
    contentType: type,
    acceptContacts: request.headers.all('Accept-Contact'),
  };
  if (!originator.withheld) description.sender = originator.address;
  if (!originator.withheld && originator.name !== undefined) description.senderName = originator.name;
  if (sentAt !== undefined) description.sentAt = sentAt;
  if (subject !== undefined) description.subject = subject;
  if (conversationId !== undefined) description.conversationId = conversationId;
  if (contributionId !== undefined) description.contributionId = contributionId;
  if (dispositions !== undefined) description.dispositions = dispositions;
  return description;
}

/** Its sender is whom the notification is for, and its recipient who reports (RFC 5438 section 7.2.1). */
function aboutOf(
  { about }: MessageBody,
  { originator, addressee }: MessageFacts,
): Pick<StandaloneMessage, 'about'> {
  if (about === undefined) return {};
  return { about: { user: originator.user, identity: messageKey(addressee.user, about) } };
}

function dispositionsOf(cpim: Cpim): RequestedDispositions | undefined {
  const asked = readImdnRequest(cpim);
  if (asked === undefined) return undefined;
  const { dispositions, ...about } = asked;
  return { ...about, wanted: [...dispositions] };
}

/** D-6: the same originator and Message-ID; without a Message-ID the very same request. */
function identityOf(
  request: SipRequest,
  { originator }: MessageFacts,
  messageId: string | undefined,
): string {
  if (messageId !== undefined) return messageKey(originator.user, messageId);
  const { sequence } = cseq(request);
  const tag = from(request).parameters.get('tag');
  return `${callId(request)} ${sequence} ${String(tag)} ${topVia(request).branch ?? ''}`;
}

/** D-16 and RFC 3428 section 7: Expires counts from Date, else from now; the provider's maximum bounds it. */
export function expiryOf(request: SipRequest, now: Instant, maximumSeconds: number): Instant {
  const latest = now + maximumSeconds * 1000;
  const seconds = expires(request);
  if (seconds === undefined) return latest;
  return Math.min(latest, (dateOf(request) ?? now) + seconds * 1000);
}

/** When the sender says it was sent. */
function sentAtOf(request: SipRequest, cpim: Cpim | undefined): Instant | undefined {
  const written = dateOf(request);
  if (written !== undefined) return written;
  const parsed = Date.parse((cpim && cpimHeader(cpim, 'DateTime')) ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

// A Date that cannot be read is as none: the message is worth more than its time.
function dateOf(request: SipRequest): Instant | undefined {
  try {
    return date(request);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
