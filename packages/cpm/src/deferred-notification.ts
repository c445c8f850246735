import { faultText } from './fault.ts';
import { childElement, MalformedXml, parseXml, type XmlElement } from './xml.ts';

/** The media type of the document unless configured otherwise. */
export const notificationMediaType = 'application/x-cpm-deferred-messages+xml';
/** Its namespace unless configured otherwise. */
export const notificationNamespace = 'urn:x-cpm-pull:deferred-messages:1';

/** Why a user is told. */
export const notificationEvents = ['waiting', 'reminder', 'expiring', 'expired'] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** What a user is told about one waiting message. */
export interface WaitingMessageInfo {
  /** The message-URI-ID, as a pull names it. */
  readonly uri: string;
  readonly mode: 'pager' | 'large';
  /** The asserted sender; absent where anonymous. */
  readonly from?: string;
  readonly fromName?: string;
  readonly to?: string;
  /** When it was sent: milliseconds since 1970-01-01T00:00:00Z, written to the second. */
  readonly date?: number;
  /** When it expires: milliseconds since 1970-01-01T00:00:00Z, written to the second. */
  readonly expiry?: number;
  /** Octets of the content. */
  readonly size?: number;
  readonly contentType?: string;
  readonly subject?: string;
  readonly subjectTruncated?: boolean;
  /** imdn.Message-ID, for telling duplicates. */
  readonly messageId?: string;
  readonly conversationId?: string;
  readonly contributionId?: string;
}

/** The document of a notification, or one part of it. Without messages it is the summary of Appendix I.1.1. */
export interface DeferredNotification {
  /** How many messages wait for the user in all, whatever this part lists. */
  readonly number: number;
  readonly event: NotificationEvent;
  /** What the parts of one notification have in common. */
  readonly id?: string;
  /** Counts from 1. */
  readonly part?: number;
  readonly parts?: number;
  readonly messages: readonly WaitingMessageInfo[];
}

/** The document cannot be read; the message names the fault and fits into a reason phrase. */
export class MalformedNotification extends Error {
  override readonly name = 'MalformedNotification';

  constructor(fault: string) {
    super(faultText(`deferred-messages: ${fault}`));
  }
}

export interface NotificationReadOptions {
  readonly namespace?: string;
  readonly maxBytes?: number;
}

/**
 * Reads a notification; unknown elements and attributes, and optional values that make no sense, are passed over.
 *
 * @throws MalformedNotification
 */
export function parseDeferredNotification(
  bytes: Uint8Array,
  options: NotificationReadOptions = {},
): DeferredNotification {
  const { namespace = notificationNamespace, maxBytes } = options;
  const root = readXml(bytes, maxBytes);
  if (root.name !== 'deferred-messages' || root.namespace !== namespace)
    throw new MalformedNotification(`root element ${root.name} in ${root.namespace || 'no namespace'}`);
  const number = readCount(root.attributes.get('number'));
  if (number === undefined) throw new MalformedNotification('no number of messages');
  const event = notificationEvents.find((event) => event === root.attributes.get('event')) ?? 'waiting';
  const id = readToken(root.attributes.get('id'));
  const part = readCount(root.attributes.get('part'));
  const parts = readCount(root.attributes.get('parts'));
  const entries = root.children.filter((child) => child.name === 'message' && child.namespace === namespace);
  return {
    number,
    event,
    ...(id !== undefined && { id }),
    ...(part !== undefined && { part }),
    ...(parts !== undefined && { parts }),
    messages: entries.map(readMessage),
  };
}

function readXml(bytes: Uint8Array, maxBytes: number | undefined): XmlElement {
  try {
    return parseXml(bytes, maxBytes === undefined ? {} : { maxBytes });
  } catch (error) {
    if (error instanceof MalformedXml) throw new MalformedNotification(error.message);
    throw error;
  }
}

function readMessage(element: XmlElement): WaitingMessageInfo {
  const uri = readToken(element.attributes.get('uri'));
  if (uri === undefined) throw new MalformedNotification('message without a uri');
  const text = (name: string) => readToken(childElement(element, name)?.text);
  const from = text('from');
  const fromName = childElement(element, 'from')?.attributes.get('name');
  const to = text('to');
  const date = readInstant(text('date'));
  const expiry = readInstant(text('expiry'));
  const size = readCount(text('size'));
  const contentType = text('content-type');
  const subject = childElement(element, 'subject');
  const messageId = text('message-id');
  const conversationId = text('conversation-id');
  const contributionId = text('contribution-id');
  return {
    uri,
    mode: element.attributes.get('mode')?.trim() === 'large' ? 'large' : 'pager',
    ...(from !== undefined && { from }),
    ...(fromName !== undefined && { fromName }),
    ...(to !== undefined && { to }),
    ...(date !== undefined && { date }),
    ...(expiry !== undefined && { expiry }),
    ...(size !== undefined && { size }),
    ...(contentType !== undefined && { contentType }),
    ...(subject !== undefined && { subject: subject.text }),
    ...(subject !== undefined && isTrue(subject.attributes.get('truncated')) && { subjectTruncated: true }),
    ...(messageId !== undefined && { messageId }),
    ...(conversationId !== undefined && { conversationId }),
    ...(contributionId !== undefined && { contributionId }),
  };
}

function isTrue(text: string | undefined): boolean {
  return text?.trim() === 'true' || text?.trim() === '1';
}

function readToken(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

function readCount(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? '';
  return /^\+?\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** xs:dateTime; without a zone it counts as UTC. */
function readInstant(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text))
    return undefined;
  const instant = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(instant) ? undefined : instant;
}
