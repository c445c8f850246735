import type { Random } from '@restante/sip';
import type { BodyReceiver, Hop } from './hop.ts';
import { transactionIdentifier } from './identifiers.ts';
import { IncomingMessage } from './incoming-message.ts';
import type { ReceptionLimits, ReceptionPort } from './reception-port.ts';
import type { MsrpRequest } from './protocol/message.ts';
import { serializeReport } from './protocol/serializer.ts';
import { serializeMsrpPath } from './protocol/uri.ts';
import type { AbortReason, MessageHandler } from './sink.ts';

export interface ReceptionSettings extends ReceptionLimits {
  /** Messages of one session that may be under way at the same time. */
  readonly maxMessages: number;
}

/** Messages that are over and still known, so that a late chunk is answered like the others. */
const maxRemembered = 64;

interface SessionReception extends ReceptionSettings {
  readonly onMessage: MessageHandler;
  readonly random: Random;
  /** Our own URI. */
  readonly from: string;
}

/** The messages that one session receives. */
export class Reception {
  readonly #settings: SessionReception;
  readonly #messages = new Map<string, IncomingMessage>();
  /** Message-ID to the status that its chunks get. */
  readonly #over = new Map<string, number>();

  constructor(settings: SessionReception) {
    this.#settings = settings;
  }

  /** A SEND that belongs to the session. */
  receive(request: MsrpRequest, hop: Hop): BodyReceiver | undefined {
    const id = request.messageId ?? '';
    const known = this.#messages.get(id);
    if (known !== undefined) return begun(known, request);
    const over = this.#over.get(id);
    if (over !== undefined) return this.#readOver(request, hop, over, over !== 200);
    // Without a type there is no message: the first SEND of who connects.
    if (request.contentType === undefined) return new EmptySend(request, hop);
    if (this.#messages.size >= this.#settings.maxMessages) return this.#readOver(request, hop, 413, true);
    const message = new IncomingMessage(request, this.#settings.onMessage, this.#portOn(hop));
    if (!this.#over.has(id)) this.#messages.set(id, message);
    return begun(message, request);
  }

  close(reason: AbortReason): void {
    const messages = [...this.#messages.values()];
    this.#messages.clear();
    for (const message of messages) message.abort(reason);
  }

  /** A chunk of a message that is over; a refusal is told at once, the rest when the chunk has come. */
  #readOver(request: MsrpRequest, hop: Hop, status: number, atOnce: boolean): BodyReceiver | undefined {
    if (atOnce) {
      answer(request, hop, status);
      return undefined;
    }
    return { body: () => {}, end: () => answer(request, hop, status) };
  }

  #portOn(hop: Hop): ReceptionPort {
    return {
      limits: this.#settings,
      held: (octets) => hop.hold(octets),
      answer: (chunk, status) => answer(chunk, hop, status),
      ended: (id, status) => {
        this.#messages.delete(id);
        this.#over.set(id, status);
        const [oldest] = this.#over.keys();
        if (this.#over.size > maxRemembered && oldest !== undefined) this.#over.delete(oldest);
      },
      succeeded: (chunk, totalBytes) => {
        if (chunk.successReport) this.#report(chunk, hop, totalBytes);
      },
    };
  }

  #report({ fromPath, messageId = '' }: MsrpRequest, hop: Hop, totalBytes: number): void {
    if (!hop.isOpen) return;
    const { random, from } = this.#settings;
    hop.outbox.control(
      serializeReport(transactionIdentifier(random), {
        toPath: serializeMsrpPath(fromPath),
        fromPath: from,
        messageId,
        range: { first: 1, last: totalBytes, total: totalBytes },
        status: 200,
      }),
    );
  }
}

function begun(message: IncomingMessage, request: MsrpRequest): BodyReceiver {
  message.begin(request);
  return message;
}

/** RFC 4975 section 7.2: what Failure-Report wants to hear. */
function answer(request: MsrpRequest, hop: Hop, status: number): void {
  if (request.failureReport === 'no' || (request.failureReport === 'partial' && status === 200)) return;
  hop.respond(request, status);
}

/** A SEND without a type: good when it has no octets. */
class EmptySend implements BodyReceiver {
  readonly #request: MsrpRequest;
  readonly #hop: Hop;
  #status = 200;

  constructor(request: MsrpRequest, hop: Hop) {
    this.#request = request;
    this.#hop = hop;
  }

  body(): void {
    this.#status = 400;
  }

  end(): void {
    answer(this.#request, this.#hop, this.#status);
  }
}
