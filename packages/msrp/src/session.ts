import type { Clock, Random, Timer } from '@restante/sip';
import type { BodyReceiver, Hop, HopSession } from './hop.ts';
import { transactionIdentifier } from './identifiers.ts';
import type { MsrpDestination } from './ports.ts';
import type { MsrpRequest } from './protocol/message.ts';
import { endLine, sendHead, sendTemplate } from './protocol/serializer.ts';
import { endsSession } from './protocol/status.ts';
import type { MsrpPath } from './protocol/uri.ts';
import { endOf, serializeMsrpPath } from './protocol/uri.ts';
import { Reception } from './reception.ts';
import type { ReceptionSettings } from './reception.ts';
import { Sending } from './sending.ts';
import type { SendOptions, SendingDefaults, SentMessage } from './sending.ts';
import type { SessionEnd } from './session-end.ts';
import { SessionFailed } from './session-end.ts';
import type { MessageHandler } from './sink.ts';
import type { MessageSource } from './source.ts';

/** What the other side's description says, and who connects (RFC 6135). */
export interface StartOptions {
  /** a=path of the peer. */
  readonly remotePath: MsrpPath;
  readonly role: 'active' | 'passive';
  /** Where to connect, if not to the first URI of the path (RFC 6714, or a fingerprint to check). */
  readonly destination?: MsrpDestination;
  /** How long it may take until the session is ready. Default 30 s. */
  readonly setupTimeoutMs?: number;
}

/** What a session takes from its endpoint. */
export interface SessionSettings {
  readonly localPath: MsrpPath;
  readonly onMessage: MessageHandler;
  readonly clock: Clock;
  readonly random: Random;
  readonly reception: ReceptionSettings;
  readonly sending: SendingDefaults;
  connect(path: MsrpPath, destination: MsrpDestination | undefined): Promise<Hop>;
  forget(session: MsrpSession): void;
}

const defaultSetupTimeoutMs = 30_000;

/** One end of an MSRP session (RFC 4975 section 4). */
export class MsrpSession implements HopSession {
  /** What a=path says: our relays, if any, and ourselves. */
  readonly localPath: MsrpPath;
  /** Resolves when octets can flow; rejects with SessionFailed when the session ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the session is over. */
  readonly ended: Promise<SessionEnd>;
  readonly #settings: SessionSettings;
  readonly #reception: Reception;
  readonly #sending: Sending;
  readonly #promised: { ready(): void; failed(error: Error): void; ended(end: SessionEnd): void };
  #hop: Hop | undefined;
  #toPath: MsrpPath | undefined;
  /** A From-Path that was found good; heads that repeat it share the value. */
  #boundPath: MsrpPath | undefined;
  #timer: Timer | undefined;
  #end: SessionEnd | undefined;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.localPath = settings.localPath;
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<SessionEnd>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    // Who does not ask whether it was ready is told by `ended`.
    ready.promise.catch(() => {});
    this.#promised = { ready: ready.resolve, failed: ready.reject, ended: ended.resolve };
    const { onMessage, clock, random } = settings;
    const from = endOf(settings.localPath).text;
    this.#reception = new Reception({ ...settings.reception, onMessage, random, from });
    this.#sending = new Sending({
      ...settings.sending,
      clock,
      random,
      from,
      refused: (status) => this.#refused(status),
    });
  }

  /** The unguessable part of our URI. */
  get id(): string {
    return endOf(this.localPath).sessionId;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** What the peer said came: connects, or waits to be connected to. Once. */
  start({ remotePath, role, destination, setupTimeoutMs = defaultSetupTimeoutMs }: StartOptions): void {
    if (this.#end !== undefined) return;
    const relays = this.localPath.slice(0, -1).toReversed();
    const toPath = [...relays, ...remotePath];
    this.#toPath = toPath;
    if (this.#hop !== undefined) {
      this.#sending.start(serializeMsrpPath(toPath), this.#hop);
      return;
    }
    this.#timer = this.#settings.clock.after(setupTimeoutMs, () => this.#finish({ kind: 'setup-timeout' }));
    if (role === 'active') void this.#connect(toPath, destination);
  }

  /** Sends a message as soon as the session is ready; messages in one session take turns. */
  send(source: MessageSource, options: SendOptions): SentMessage {
    return this.#sending.send(source, options);
  }

  /** Ends the session: what is under way is broken off, the connection is closed unless other sessions use it. */
  close(): void {
    this.#finish({ kind: 'closed' });
  }

  /** RFC 4975 section 5.4: the first SEND binds the session to its connection; 506 to every other one. */
  receive(request: MsrpRequest, hop: Hop): BodyReceiver | undefined {
    const refusal = this.#bind(request, hop);
    if (refusal !== undefined) {
      if (request.method === 'SEND') hop.respond(request, refusal);
      return undefined;
    }
    if (request.method === 'SEND') return this.#reception.receive(request, hop);
    this.#sending.reported(request);
    return undefined;
  }

  lost(error: Error | undefined): void {
    this.#finish({ kind: 'connection-lost', error });
  }

  /** The status that refuses the connection, or undefined. */
  #bind({ fromPath }: MsrpRequest, hop: Hop): number | undefined {
    const known = this.#toPath;
    if (this.#hop === hop && this.#boundPath === fromPath) return undefined;
    // Proxies rewrite hosts (RFC 6714): what tells sessions apart is the identifier.
    if (known !== undefined && endOf(known).sessionId !== endOf(fromPath).sessionId) return 481;
    if (this.#hop !== undefined && this.#hop !== hop) return 506;
    if (this.#hop === undefined) this.#bindTo(hop);
    this.#boundPath = fromPath;
    return undefined;
  }

  #bindTo(hop: Hop): void {
    this.#hop = hop;
    hop.bind(this);
    this.#isReady();
    if (this.#toPath !== undefined) this.#sending.start(serializeMsrpPath(this.#toPath), hop);
  }

  #isReady(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#promised.ready();
  }

  async #connect(toPath: MsrpPath, destination: MsrpDestination | undefined): Promise<void> {
    try {
      const hop = await this.#settings.connect(toPath, destination);
      if (this.#end !== undefined) return hop.isUsed ? undefined : hop.close();
      if (!hop.isOpen) return this.lost(undefined);
      if (this.#hop !== undefined) return;
      this.#hop = hop;
      hop.bind(this);
      this.#greet(hop, serializeMsrpPath(toPath));
    } catch (error) {
      this.#finish({
        kind: 'connect-failed',
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  /** RFC 4975 section 5.4: who connects sends a SEND at once, if need be an empty one. */
  #greet(hop: Hop, toPath: string): void {
    const transactionId = transactionIdentifier(this.#settings.random);
    const template = sendTemplate({
      toPath,
      fromPath: endOf(this.localPath).text,
      messageId: transactionIdentifier(this.#settings.random),
      successReport: false,
      failureReport: 'yes',
      contentType: undefined,
    });
    const transaction = {
      transactionId,
      isAwaited: false,
      answered: (status: number) => {
        if (endsSession(status)) return this.#refused(status);
        this.#isReady();
      },
      expired: () => this.#finish({ kind: 'setup-timeout' }),
    };
    hop.transactions.open(transaction);
    const head = sendHead(transactionId, template, { first: 1, last: 0, total: 0 });
    hop.outbox.control(head + endLine(transactionId, '$', false));
    hop.transactions.await(transaction);
    this.#sending.start(toPath, hop);
  }

  #refused(status: number): void {
    if (endsSession(status)) this.#finish({ kind: 'refused', status });
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#timer?.cancel();
    const error = 'error' in end ? end.error : undefined;
    this.#sending.close(error);
    this.#reception.close(end.kind === 'connection-lost' ? 'connection-lost' : 'session-closed');
    this.#settings.forget(this);
    this.#hop?.unbind(this);
    this.#promised.failed(new SessionFailed(end));
    this.#promised.ended(end);
  }
}
