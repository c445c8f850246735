import type { Clock } from '@restante/sip';
import { Outbox } from './outbox.ts';
import type { ConnectionReceiver, MsrpConnection } from './ports.ts';
import type { FramedParts } from './protocol/framer.ts';
import { MsrpFramer } from './protocol/framer.ts';
import type { BrokenHead, ContinuationFlag, MsrpHead, MsrpRequest } from './protocol/message.ts';
import { serializeResponse } from './protocol/serializer.ts';
import { firstOf } from './protocol/uri.ts';
import { Transactions } from './transactions.ts';

/** Bounds of one connection. */
export interface HopLimits {
  readonly maxHeadBytes: number;
  /** Octets that may wait to be written by sinks before the connection is held back. */
  readonly maxHeldBytes: number;
  /** Characters of responses that may wait for a peer that does not read. */
  readonly maxControlBytes: number;
}

/** Takes the body of one request. */
export interface BodyReceiver {
  body(octets: Uint8Array): void;
  end(flag: ContinuationFlag): void;
}

/** What a connection needs to know of the sessions that use it. */
export interface HopSession {
  /** The connection is gone. */
  lost(error: Error | undefined): void;
}

/** Finds out to whom a request belongs; undefined: it was answered, its body is read over. */
export type RequestRouter = (request: MsrpRequest, hop: Hop) => BodyReceiver | undefined;

/** One connection: what comes by it, what leaves by it, and the sessions that use it. */
export class Hop implements ConnectionReceiver, FramedParts {
  readonly #connection: MsrpConnection;
  readonly outbox: Outbox;
  readonly transactions: Transactions;
  readonly #limits: HopLimits;
  readonly #route: RequestRouter;
  readonly #forget: (hop: Hop) => void;
  readonly #framer: MsrpFramer;
  readonly #sessions = new Set<HopSession>();
  #receiver: BodyReceiver | undefined;
  #held = 0;
  #isPaused = false;
  #isClosed = false;
  #unknownSessions = 0;

  constructor(
    connection: MsrpConnection,
    settings: { limits: HopLimits; clock: Clock; route: RequestRouter; forget: (hop: Hop) => void },
  ) {
    this.#connection = connection;
    this.#limits = settings.limits;
    this.#route = settings.route;
    this.#forget = settings.forget;
    this.outbox = new Outbox(connection, settings.limits.maxControlBytes);
    this.transactions = new Transactions(settings.clock);
    this.#framer = new MsrpFramer(this, settings.limits);
    connection.start(this);
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  get isUsed(): boolean {
    return this.#sessions.size > 0;
  }

  bind(session: HopSession): void {
    this.#sessions.add(session);
  }

  /** The last session to go closes the connection, after what was written. */
  unbind(session: HopSession): void {
    if (this.#sessions.delete(session) && this.#sessions.size === 0) this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.outbox.finish();
    this.#connection.close();
    this.#forget(this);
  }

  destroy(error?: Error): void {
    this.#connection.destroy(error);
  }

  /** So many octets more wait for a sink, or fewer. */
  hold(octets: number): void {
    this.#held += octets;
    if (!this.#isPaused && this.#held > this.#limits.maxHeldBytes) {
      this.#isPaused = true;
      this.#connection.pause();
    } else if (this.#isPaused && this.#held <= this.#limits.maxHeldBytes / 2) {
      this.#isPaused = false;
      this.#connection.resume();
    }
  }

  respond(
    { transactionId, toPath, fromPath }: Pick<MsrpRequest, 'transactionId' | 'toPath' | 'fromPath'>,
    status: number,
  ): void {
    if (this.#isClosed) return;
    const paths = { toPath: firstOf(fromPath).text, fromPath: firstOf(toPath).text };
    this.outbox.control(serializeResponse(transactionId, status, paths));
  }

  /** Who tries session ids on a connection without a session is soon cut off. */
  countUnknownSession(): void {
    this.#unknownSessions += 1;
    if (this.#unknownSessions >= maxUnknownSessions && this.#sessions.size === 0) this.close();
  }

  received(octets: Uint8Array): void {
    this.#framer.push(octets);
  }

  drained(): void {
    this.transactions.moved();
    this.outbox.drained();
  }

  closed(error: Error | undefined): void {
    this.#isClosed = true;
    this.transactions.close();
    this.#forget(this);
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    for (const session of sessions) session.lost(error);
  }

  head(head: MsrpHead | BrokenHead): void {
    this.#receiver = undefined;
    switch (head.kind) {
      case 'response':
        return this.transactions.answer(head.transactionId, head.status, head.comment);
      case 'broken':
        return this.#refuse(head);
      case 'request':
        this.#receiver = this.#route(head, this);
    }
  }

  body(octets: Uint8Array): void {
    this.#receiver?.body(octets);
  }

  end(flag: ContinuationFlag): void {
    this.#receiver?.end(flag);
  }

  lost(reason: string): void {
    this.#connection.destroy(new Error(reason));
  }

  /** RFC 4975 section 10.2; a broken response can only be ignored. */
  #refuse({ transactionId, isRequest, toPath, fromPath }: BrokenHead): void {
    if (isRequest && toPath !== undefined && fromPath !== undefined)
      this.respond({ transactionId, toPath, fromPath }, 400);
  }
}

const maxUnknownSessions = 8;
