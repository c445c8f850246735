import type { CpmUser } from '@restante/cpm';
import type {
  Claim,
  DeferredMessage,
  MessageContent,
  MessageDescription,
  NewDeferredMessage,
} from '../../participating-function/deferred/deferred-message.ts';
import type { OutboxRow } from '../../participating-function/ports.ts';
import type { ClaimRow } from './operations/claims.ts';
import type { NewMessageRow } from './operations/enqueue.ts';
import type { OwedRow } from './operations/outbox.ts';
import type { MessageRow } from './rows.ts';

/** What has no column of its own travels and rests as JSON: the worker never looks into it. */
type Description = Omit<MessageDescription, 'user' | 'acceptedAt' | 'expiresAt'>;

/** JSON leaves out what is undefined. Every property has to be named, so that none is forgotten. */
type Undefinable<T> = { readonly [Name in keyof Required<T>]: T[Name] | undefined };

/** Users come back as they were given: canonical. */
export function storedUser(text: string): CpmUser {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return text as CpmUser;
}

export function encodeMessage(message: NewDeferredMessage, perUser: number): NewMessageRow {
  const { id, user, identity, acceptedAt, expiresAt, content } = message;
  const description = JSON.stringify(descriptionOf(message));
  return {
    id,
    user,
    identity,
    acceptedAt,
    expiresAt,
    description,
    headers: headerLines(content.headers),
    perUser,
  };
}

/** Written out: taking an object apart and together costs more than all that is done with its parts. */
function descriptionOf(message: NewDeferredMessage): Undefinable<Description> {
  return {
    mode: message.mode,
    identity: message.identity,
    sender: message.sender,
    senderName: message.senderName,
    to: message.to,
    sentAt: message.sentAt,
    size: message.size,
    contentType: message.contentType,
    subject: message.subject,
    conversationId: message.conversationId,
    contributionId: message.contributionId,
    acceptContacts: message.acceptContacts,
    dispositions: message.dispositions,
  };
}

export function decodeMessage(row: MessageRow): DeferredMessage {
  const { sequence, id, acceptedAt, expiresAt, attempts, claimed, warned } = row;
  const description: Description = JSON.parse(row.description);
  return {
    ...description,
    id,
    user: storedUser(row.user),
    sequence,
    acceptedAt,
    expiresAt,
    attempts,
    claimed,
    warned,
  };
}

export function decodeContent(row: { readonly headers: string; readonly body: Uint8Array }): MessageContent {
  const lines = row.headers === '' ? [] : row.headers.split('\n');
  return { headers: lines.map(headerOfLine), body: row.body };
}

/** Values were unfolded when they were read: none holds a line end. */
function headerLines(headers: MessageContent['headers']): string {
  let lines = '';
  for (const [name, value] of headers) lines += lines === '' ? `${name}: ${value}` : `\n${name}: ${value}`;
  return lines;
}

function headerOfLine(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 2)];
}

export function decodeClaim({ pull, action, device, message }: ClaimRow): Claim {
  return { pull, action, device: JSON.parse(device), message: decodeMessage(message) };
}

export function decodeOwed({ id, notification, attempts, owedSince }: OwedRow): OutboxRow {
  return { id, notification: JSON.parse(notification), attempts, owedSince };
}
