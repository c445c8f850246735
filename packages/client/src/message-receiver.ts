import {
  ContentTooLarge,
  contentEncodings,
  type Cpim,
  decodeContent,
  isComposing,
  isImdn,
  MalformedContent,
  MalformedCpim,
  MalformedImdn,
  MalformedNotification,
  parseCpim,
  parseDeferredNotification,
  parseImdn,
  UnsupportedEncoding,
  decodedContent,
  imdnHeader,
} from '@restante/cpm';
import {
  assertedIdentities,
  contentType,
  type IncomingRequest,
  MalformedMessage,
  parseUri,
  responseTo,
  type SipLog,
  SipRejection,
  type SipRequest,
  type Uri,
  uriEquals,
} from '@restante/sip';
import type { DispositionReporter } from './disposition-reporter.ts';
import type { NotificationAssembly } from './notification-assembly.ts';
import { canBeReported, readMessage, type ReceivedMessage, senderOf } from './received-message.ts';
import { type DispositionReport, readDisposition } from './disposition-report.ts';
import { SeenMessages } from './seen-messages.ts';
import type { ValueStream } from './value-stream.ts';
import type { WaitingList } from './waiting-list.ts';

export interface MessageReceiverSettings {
  readonly deferredManagementUri: string | undefined;
  readonly notificationMediaType: string;
  readonly notificationNamespace: string;
  readonly maxContentBytes: number;
  readonly notifications: NotificationAssembly;
  readonly messages: ValueStream<ReceivedMessage>;
  readonly dispositions: ValueStream<DispositionReport>;
  readonly waiting: WaitingList;
  readonly reporter: DispositionReporter;
  readonly log: SipLog | undefined;
}

/** Messages remembered, so that one that is delivered again is not shown again (D-6). */
const mostSeen = 10_000;
/** How long the network is asked to keep messages while nobody reads them. */
const fullRetrySeconds = 30;

/** Every MESSAGE that comes in: notification, disposition notification, or a message to show (7.2.2). */
export class MessageReceiver {
  readonly #settings: MessageReceiverSettings;
  readonly #managementUri: Uri | undefined;
  readonly #seen = new SeenMessages(mostSeen);

  constructor(settings: MessageReceiverSettings) {
    this.#settings = settings;
    const { deferredManagementUri: uri } = settings;
    this.#managementUri = uri === undefined ? undefined : parseUri(uri);
  }

  /** What a 415 and the answer to OPTIONS list. */
  get acceptedTypes(): string {
    return `message/cpim, text/plain, ${this.#settings.notificationMediaType}`;
  }

  /** The handler of MESSAGE: answers once the message is where a loop finds it. */
  async receive(incoming: IncomingRequest): Promise<void> {
    const { request } = incoming;
    const body = await this.#decodedBody(request);
    const type = contentType(request)?.name;
    if (type === undefined) throw new SipRejection(400, { reason: 'Content-Type: missing' });
    try {
      if (type === this.#settings.notificationMediaType.toLowerCase()) this.#notified(request, body);
      else if (type === 'message/cpim') this.#cpim(request, parseCpim(body));
      else if (type === 'text/plain') this.#show(request, undefined, body);
      else throw new SipRejection(415, { headers: [['Accept', this.acceptedTypes]] });
    } catch (error) {
      throw rejectionOf(error);
    }
    incoming.respond(responseTo(request, 200));
  }

  async #decodedBody(request: SipRequest): Promise<Uint8Array> {
    const encoding = request.headers.get('Content-Encoding');
    const { maxContentBytes } = this.#settings;
    if (encoding === undefined) {
      if (request.body.length > maxContentBytes) throw new SipRejection(413);
      return request.body;
    }
    try {
      return await decodeContent(request.body, encoding, maxContentBytes);
    } catch (error) {
      throw rejectionOf(error);
    }
  }

  /** CL-13: only from the provisioned URI. */
  #notified(request: SipRequest, body: Uint8Array): void {
    const { notifications, notificationNamespace: namespace, log } = this.#settings;
    if (!this.#isOfTheNetwork(request)) {
      log?.warn({ from: senderOf(request).uri }, 'notification from a stranger refused');
      throw new SipRejection(403);
    }
    notifications.add(parseDeferredNotification(body, { namespace }));
  }

  #isOfTheNetwork(request: SipRequest): boolean {
    const expected = this.#managementUri;
    return (
      expected !== undefined &&
      assertedIdentities(request).some(({ uri }) => uriEquals(parseUri(uri), expected))
    );
  }

  #cpim(request: SipRequest, cpim: Cpim): void {
    if (isComposing(cpim)) return;
    if (!isImdn(cpim)) return this.#show(request, cpim, request.body);
    const document = parseImdn(decodedContent(cpim));
    const report = readDisposition(document, senderOf(request).uri);
    if (!this.#settings.dispositions.push(report))
      this.#settings.log?.warn(
        { messageId: report.messageId },
        'nobody reads dispositions: the oldest is gone',
      );
  }

  #show(request: SipRequest, cpim: Cpim | undefined, plain: Uint8Array): void {
    const { messages, reporter, waiting } = this.#settings;
    const messageId = cpim && imdnHeader(cpim, 'Message-ID');
    const key = `${senderOf(request).uri} ${messageId}`;
    if (messageId !== undefined && this.#seen.has(key)) return;
    // The network keeps what we cannot: nothing that was answered with 200 is lost.
    if (!messages.hasRoom)
      throw new SipRejection(503, { headers: [['Retry-After', String(fullRetrySeconds)]] });
    const reports = cpim && canBeReported(request) ? reporter.reportsOn(request, cpim) : undefined;
    const message = readMessage({
      request,
      cpim,
      plain,
      isWaiting: (id) => waiting.hasMessage(id),
      displayed: async () => reports?.displayed(),
    });
    if (messageId !== undefined) this.#seen.add(key);
    messages.push(message);
    reports?.delivered();
  }
}

/** What is wrong with a body, as the answer to its sender. */
function rejectionOf(error: unknown): unknown {
  if (error instanceof UnsupportedEncoding)
    return new SipRejection(415, {
      headers: [['Accept-Encoding', contentEncodings.join(', ')]],
      cause: error,
    });
  if (error instanceof ContentTooLarge) return new SipRejection(413, { cause: error });
  const isMalformed =
    error instanceof MalformedCpim ||
    error instanceof MalformedImdn ||
    error instanceof MalformedNotification ||
    error instanceof MalformedContent ||
    error instanceof MalformedMessage;
  return isMalformed ? new SipRejection(400, { reason: error.message, cause: error }) : error;
}
