import type { Clock, Random, Timer } from '@restante/sip';
import type { Hop } from './hop.ts';
import { transactionIdentifier } from './identifiers.ts';
import { OutgoingMessage } from './outgoing-message.ts';
import type { OutgoingSettings } from './outgoing-message.ts';
import type { FailureReport, MsrpRequest } from './protocol/message.ts';
import { sendTemplate } from './protocol/serializer.ts';
import type { SendOutcome, SendProgress } from './send-outcome.ts';
import type { MessageSource } from './source.ts';

/** How a message is sent. */
export interface SendOptions {
  readonly contentType: string;
  /** Drawn unless given; the same as before when a message is resumed. */
  readonly messageId?: string;
  /** Ask the receiver for a REPORT. Default false. */
  readonly successReport?: boolean;
  /** Default yes: each chunk is answered. */
  readonly failureReport?: FailureReport;
  /** Octets of a chunk; one of more than 2,048 is interrupted when something else has to be sent. Infinity: one chunk. */
  readonly chunkBytes?: number;
  /** Octets that the receiver has from an earlier attempt. Default 0. */
  readonly startAt?: number;
  /** How long the success report may take after everything was answered. Default 2 minutes. */
  readonly reportTimeoutMs?: number;
  readonly onProgress?: (progress: SendProgress) => void;
  /** Aborts the message. */
  readonly signal?: AbortSignal;
}

/** A message on its way out. */
export interface SentMessage {
  readonly messageId: string;
  /** Never rejects. */
  readonly outcome: Promise<SendOutcome>;
  /** Gives the message up; the outcome says `aborted`. Nothing happens when it is over already. */
  abort(): void;
}

export interface SendingDefaults {
  readonly chunkBytes: number;
  /** The same where relays are in the path: some pass on small frames only. */
  readonly relayedChunkBytes: number;
  /** Octets that are read at a time, where chunks are smaller. */
  readonly blockBytes: number;
  readonly windowBytes: number;
}

interface SendingSettings extends SendingDefaults {
  readonly clock: Clock;
  readonly random: Random;
  readonly from: string;
  /** A response that concerns more than its message. */
  refused(status: number): void;
}

interface Waiting {
  readonly source: MessageSource;
  readonly options: SendOptions;
  readonly messageId: string;
  readonly over: (outcome: SendOutcome) => void;
}

type MessageDescription = Omit<
  OutgoingSettings,
  'transactions' | 'wake' | 'refused' | 'awaitsReport' | 'ended'
>;

/** Ends that the receiver cannot know of. */
const untold: ReadonlySet<SendOutcome['kind']> = new Set(['aborted', 'source-failed', 'timeout']);
const defaultReportTimeoutMs = 120_000;
const nothing = { acknowledgedPrefix: 0, acknowledged: [] } as const;

/** The messages that one session sends. */
export class Sending {
  readonly #settings: SendingSettings;
  readonly #messages = new Map<string, OutgoingMessage>();
  readonly #timers = new Map<string, Timer>();
  /** Until the session is ready. */
  readonly #waiting = new Map<string, Waiting>();
  #hop: Hop | undefined;
  #toPath = '';
  #isClosed = false;
  #error: Error | undefined;

  constructor(settings: SendingSettings) {
    this.#settings = settings;
  }

  start(toPath: string, hop: Hop): void {
    if (this.#hop !== undefined) return;
    this.#toPath = toPath;
    this.#hop = hop;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const message of waiting) this.#begin(message, hop);
  }

  send(source: MessageSource, options: SendOptions): SentMessage {
    const messageId = options.messageId ?? transactionIdentifier(this.#settings.random);
    if (this.#messages.has(messageId) || this.#waiting.has(messageId))
      throw new TypeError('a message of this Message-ID is under way');
    const { promise, resolve } = Promise.withResolvers<SendOutcome>();
    const abort = (): void => this.#abort(messageId);
    options.signal?.addEventListener('abort', abort, { once: true });
    const over = (outcome: SendOutcome): void => {
      options.signal?.removeEventListener('abort', abort);
      resolve(outcome);
    };
    const waiting = { source, options, messageId, over };
    if (this.#isClosed) over({ kind: 'broken', error: this.#error, ...nothing });
    else if (this.#hop === undefined) this.#waiting.set(messageId, waiting);
    else this.#begin(waiting, this.#hop);
    if (options.signal?.aborted === true) abort();
    return { messageId, outcome: promise, abort };
  }

  /** RFC 4975 section 7.1.2: a REPORT on one of our messages; it is never answered. */
  reported({ messageId = '', byteRange, status }: MsrpRequest): void {
    const message = this.#messages.get(messageId);
    if (message === undefined || status === undefined || status.namespace !== '000') return;
    if (status.status !== 200) return message.refuse(status.status, status.comment);
    const { first = 1, last, total } = byteRange ?? {};
    const end = last ?? total;
    if (end !== undefined) message.reported({ start: first - 1, end });
  }

  close(error: Error | undefined): void {
    this.#isClosed = true;
    this.#error = error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { over, source } of waiting) {
      source.close?.();
      over({ kind: 'broken', error, ...nothing });
    }
    for (const message of this.#messages.values()) message.end({ kind: 'broken', error });
  }

  #abort(messageId: string): void {
    const waiting = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    waiting?.source.close?.();
    waiting?.over({ kind: 'aborted', ...nothing });
    this.#messages.get(messageId)?.end({ kind: 'aborted' });
  }

  #begin({ source, options, messageId, over }: Waiting, hop: Hop): void {
    const { transactions, outbox } = hop;
    const message: OutgoingMessage = new OutgoingMessage({
      ...this.#describe(source, options, messageId),
      transactions,
      wake: () => outbox.wake(),
      refused: (status) => this.#settings.refused(status),
      awaitsReport: () => this.#awaitReport(messageId, message, options.reportTimeoutMs),
      ended: (outcome) => {
        this.#messages.delete(messageId);
        this.#timers.get(messageId)?.cancel();
        this.#timers.delete(messageId);
        outbox.remove(message, untold.has(outcome.kind));
        over(outcome);
      },
    });
    this.#messages.set(messageId, message);
    outbox.add(message);
  }

  #describe(source: MessageSource, options: SendOptions, messageId: string): MessageDescription {
    const { blockBytes, windowBytes, random, from } = this.#settings;
    const isRelayed = this.#toPath.includes(' ');
    const defaultChunkBytes = isRelayed ? this.#settings.relayedChunkBytes : this.#settings.chunkBytes;
    const { contentType, successReport = false, failureReport = 'yes', startAt = 0, onProgress } = options;
    const { chunkBytes = defaultChunkBytes } = options;
    const fields = {
      toPath: this.#toPath,
      fromPath: from,
      messageId,
      successReport,
      failureReport,
      contentType,
    };
    return {
      ...{ source, startAt, successReport, failureReport, onProgress, chunkBytes, windowBytes, random },
      template: sendTemplate(fields),
      // Blocks of whole chunks, so that no chunk has to wait in the middle for the next block.
      blockBytes: chunkBytes > blockBytes ? blockBytes : blockBytes - (blockBytes % chunkBytes),
    };
  }

  #awaitReport(messageId: string, message: OutgoingMessage, timeoutMs = defaultReportTimeoutMs): void {
    if (this.#timers.has(messageId)) return;
    const timer = this.#settings.clock.after(timeoutMs, () => message.end({ kind: 'timeout' }));
    this.#timers.set(messageId, timer);
  }
}
