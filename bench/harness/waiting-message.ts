import { canonicalUser, messageKey } from '@restante/cpm';
import { parseMessage, parseUri } from '@restante/sip';
import type { Instant, SipRequest } from '@restante/sip';
import type {
  MessageContent,
  MessageDescription,
} from '../../packages/server/src/participating-function/deferred/deferred-message.ts';
import { readStandaloneMessage } from '../../packages/server/src/participating-function/standalone-message.ts';
import type { MessageFacts } from '../../packages/server/src/participating-function/standalone-message.ts';

const domain = 'example.com';
const sender = 'sip:writer@example.com';
const originator = canonicalUser(parseUri(sender), domain);
const digits = 8;

/** One of the messages of `fillStore`. */
export interface WaitingMessage {
  readonly number: number;
  /** Number of the user for whom it waits. */
  readonly user: number;
  readonly acceptedAt: Instant;
}

/** The address of record of user so-and-so. */
export function waitingUser(number: number): string {
  return `sip:waiting-${padded(number)}@${domain}`;
}

/** imdn.Message-ID of message so-and-so. */
export function waitingMessageId(number: number): string {
  return `Waiting${padded(number)}`;
}

/** By which a second copy of the message is known. */
export function waitingIdentity(number: number): string {
  return messageKey(originator, waitingMessageId(number));
}

/** The message as its sender's network hands it over: some 900 octets, 300 of them CPIM. */
export function waitingRequest({ number, user, acceptedAt }: WaitingMessage): SipRequest {
  const to = waitingUser(user);
  const body = [
    `From: <${sender}>`,
    `To: <${to}>`,
    `DateTime: ${new Date(acceptedAt).toISOString()}`,
    'NS: imdn <urn:ietf:params:imdn>',
    `imdn.Message-ID: ${waitingMessageId(number)}`,
    'imdn.Disposition-Notification: positive-delivery, negative-delivery',
    '',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'The train is late; take the one at half past, please.',
  ].join('\r\n');
  const head = [
    `MESSAGE ${to} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK${padded(number)}`,
    'Max-Forwards: 70',
    `From: <${sender}>;tag=w${padded(number)}`,
    `To: <${to}>`,
    `Call-ID: ${padded(number)}@127.0.0.1`,
    'CSeq: 1 MESSAGE',
    `P-Asserted-Identity: <${sender}>`,
    'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"',
    'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg',
    'Content-Type: message/cpim',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const message = parseMessage(Buffer.from(`${head}\r\n\r\n${body}`));
  if (message.kind !== 'request') throw new TypeError('a request was read as a response');
  return message;
}

/** The message as the Participating Function reads it from the wire. */
export async function readWaitingMessage(
  of: WaitingMessage,
): Promise<{ readonly description: MessageDescription; readonly content: MessageContent }> {
  const { description, content } = await readStandaloneMessage(waitingRequest(of), factsOf(of));
  return { description, content };
}

function factsOf({ user, acceptedAt }: WaitingMessage): MessageFacts {
  return {
    addressee: { user: canonicalUser(parseUri(waitingUser(user)), domain) },
    originator: {
      user: originator,
      address: sender,
      asserted: [`<${sender}>`],
      withheld: false,
    },
    trusted: true,
    settings: {
      domain,
      acceptedTypes: ['message/cpim'],
      deferral: { maximumSeconds: 7 * 86_400, warningSeconds: 3600 },
      limits: { messageOctets: 65_536, messagesPerUser: 10_000, listEntries: 1000 },
      notification: {
        windowMilliseconds: 0,
        maximumOctets: 1300,
        mediaType: 'application/xml',
        namespace: '',
      },
    },
    now: acceptedAt,
  };
}

function padded(number: number): string {
  return String(number).padStart(digits, '0');
}
