import { Batch } from './batch.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import type { MsrpConnection } from './ports.ts';

/** What is gathered before it is written. */
const batchBytes = 256 * 1024;
/** What a message sends before it is the turn of the next: both ends work on one message at a time. */
const turnBytes = 32 * 1024;
const slabBytes = 128 * 1024;

/**
 * What leaves by one connection. Responses and reports go first, messages take turns; a chunk that is being sent is
 * interrupted for either (RFC 4975 section 5.1).
 */
export class Outbox {
  readonly #connection: MsrpConnection;
  readonly #maxControl: number;
  readonly #batch = new Batch(slabBytes);
  /** The first one is next. */
  readonly #messages: OutgoingMessage[] = [];
  readonly #unflushed = new Set<OutgoingMessage>();
  #open: OutgoingMessage | undefined;
  #control = '';
  #isBlocked = false;
  #isScheduled = false;
  #isClosed = false;

  /** `maxControl`: characters of responses that may wait for a peer that does not read. */
  constructor(connection: MsrpConnection, maxControl: number) {
    this.#connection = connection;
    this.#maxControl = maxControl;
  }

  /** A whole request or response. */
  control(text: string): void {
    this.#control += text;
    if (this.#control.length > this.#maxControl)
      this.#connection.destroy(new Error('the peer does not read'));
    this.wake();
  }

  add(message: OutgoingMessage): void {
    this.#messages.push(message);
    this.wake();
  }

  /** The message is over; the peer is told when it cannot know. */
  remove(message: OutgoingMessage, tellPeer: boolean): void {
    const index = this.#messages.indexOf(message);
    if (index < 0) return;
    this.#messages.splice(index, 1);
    this.#unflushed.delete(message);
    if (tellPeer || message.isOpen) message.giveUp(this.#batch);
    if (this.#open === message) this.#open = undefined;
    this.wake();
  }

  /** Sends soon what can be sent. */
  wake(): void {
    if (this.#isScheduled || this.#isBlocked || this.#isClosed) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  drained(): void {
    this.#isBlocked = false;
    this.#tellFlushed();
    this.#pump();
  }

  /** Sends what is there, whatever its size, and nothing after it. */
  finish(): void {
    this.#takeControl();
    const parts = this.#batch.take();
    if (parts.length > 0 && !this.#isClosed) this.#connection.write(parts);
    this.#isClosed = true;
  }

  #pump(): void {
    while (!this.#isBlocked && !this.#isClosed) {
      this.#gather();
      if (this.#batch.length === 0) return;
      this.#isBlocked = !this.#connection.write(this.#batch.take());
      if (!this.#isBlocked) this.#tellFlushed();
    }
  }

  #tellFlushed(): void {
    const flushed = [...this.#unflushed];
    this.#unflushed.clear();
    for (const message of flushed) message.flushed();
  }

  #gather(): void {
    while (this.#batch.length < batchBytes) {
      this.#takeControl();
      const message = this.#next();
      if (message === undefined) return;
      if (this.#open !== undefined && this.#open !== message) this.#open.interrupt(this.#batch);
      const turn = this.#batch.length + turnBytes;
      do message.advance(this.#batch);
      while (this.#batch.length < turn && message.isReady);
      this.#open = message.isOpen ? message : undefined;
      this.#unflushed.add(message);
    }
  }

  #takeControl(): void {
    if (this.#control === '') return;
    this.#open?.interrupt(this.#batch);
    this.#open = undefined;
    this.#batch.text(this.#control);
    this.#control = '';
  }

  /** The message whose turn it is. */
  #next(): OutgoingMessage | undefined {
    const index = this.#messages.findIndex((message) => message.isReady);
    const message = this.#messages[index];
    if (message === undefined || this.#messages.length === 1) return message;
    this.#messages.splice(index, 1);
    this.#messages.push(message);
    return message;
  }
}
