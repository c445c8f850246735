import { responseTo } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import type { Flow, SipLog, Transport } from './ports.ts';
import type { SendOptions } from './client-options.ts';
import type { Dialog } from './dialog.ts';
import type { DialogTable, DialogUser, SessionRequests } from './dialog-table.ts';
import type { IncomingRequest } from './incoming-request.ts';
import type { QueuedTimer, TimerQueues, TimerTarget } from './transaction/timer-queues.ts';
import type { TimerSettings } from './transaction/timers.ts';

/** How a session ended: by the peer's BYE, by ours, because no ACK or no BYE came, or with the user agent. */
export type ServerSessionEnd = 'bye' | 'own-bye' | 'no-ack' | 'no-bye' | 'closed';

/** A session that was accepted, until its BYE. */
export interface ServerSession {
  readonly dialog: Dialog;
  readonly ended: Promise<ServerSessionEnd>;
  /** Ends the session by our own BYE; resolves with its answer. */
  bye(): Promise<SipResponse>;
}

/** What a session may be told when it is accepted. */
export interface SessionOptions {
  /** What to do with requests inside the session, by method; INVITE is refused with 488 unless named. */
  readonly requests?: SessionRequests;
  /** Our own BYE when none came so long after the 2xx; Infinity: never. Default 64*T1. */
  readonly byeWithinMs?: number;
}

export interface ServerSessionContext {
  readonly timers: TimerQueues;
  readonly settings: TimerSettings;
  readonly dialogs: DialogTable;
  readonly log: SipLog | undefined;
  send(request: SipRequest, options: SendOptions): Promise<SipResponse>;
  run(requests: SessionRequests, incoming: IncomingRequest): boolean;
}

/** How the INVITE came and its 2xx goes. */
export interface AcceptedInvite {
  readonly transport: Transport;
  readonly flow: Flow;
  /** Sends the 2xx once more. */
  resend(): void;
}

/** RFC 3261 section 13.3.1.4 and 15.1.2: the 2xx again and again until the ACK, then the BYE. */
export class AcceptedSession implements ServerSession, DialogUser, TimerTarget {
  readonly dialog: Dialog;
  readonly ended: Promise<ServerSessionEnd>;
  readonly #context: ServerSessionContext;
  readonly #options: SessionOptions;
  #invite: AcceptedInvite;
  #end: (end: ServerSessionEnd) => void = () => {};
  #acknowledged = false;
  #open = true;
  #interval = 0;
  #resendTimer: QueuedTimer | undefined;
  #ackTimer: QueuedTimer | undefined;
  #byeTimer: QueuedTimer | undefined;

  constructor(
    dialog: Dialog,
    invite: AcceptedInvite,
    options: SessionOptions,
    context: ServerSessionContext,
  ) {
    this.dialog = dialog;
    this.#invite = invite;
    this.#options = options;
    this.#context = context;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { timers, settings } = context;
    const { byeWithinMs = 64 * settings.t1 } = options;
    this.#awaitAck();
    if (byeWithinMs !== Infinity) this.#byeTimer = timers.start(byeWithinMs, this, 'bye');
    context.dialogs.add(this);
  }

  get methods(): readonly string[] {
    return ['BYE', 'INVITE', ...Object.keys(this.#options.requests ?? {})];
  }

  /** Section 14.2: the peer's INVITE inside the session was answered with 2xx, which is sent until its ACK as well. */
  accepted(request: SipRequest, invite: AcceptedInvite): void {
    this.dialog.refresh(request);
    this.#invite = invite;
    this.#resendTimer?.cancel();
    this.#ackTimer?.cancel();
    if (this.#open) this.#awaitAck();
  }

  #awaitAck(): void {
    const { timers, settings } = this.#context;
    this.#acknowledged = false;
    this.#interval = settings.t1;
    this.#resendTimer = timers.start(this.#interval, this, 'resend');
    this.#ackTimer = timers.start(64 * settings.t1, this, 'ack');
  }

  acknowledged(): void {
    this.#acknowledged = true;
    this.#resendTimer?.cancel();
    this.#ackTimer?.cancel();
  }

  request(incoming: IncomingRequest): boolean {
    const { method } = incoming.request;
    if (method === 'BYE') {
      incoming.respond(responseTo(incoming.request, 200));
      this.#finish('bye');
      return true;
    }
    if (this.#context.run(this.#options.requests ?? {}, incoming)) return true;
    if (method !== 'INVITE') return false;
    incoming.respond(responseTo(incoming.request, 488));
    return true;
  }

  async bye(): Promise<SipResponse> {
    this.#finish('own-bye');
    return this.#sendBye();
  }

  timerFired(word: string): void {
    if (word === 'resend') {
      this.#invite.resend();
      this.#interval = Math.min(this.#interval * 2, this.#context.settings.t2);
      this.#resendTimer = this.#context.timers.start(this.#interval, this, 'resend');
    } else this.#giveUp(this.#acknowledged ? 'no-bye' : 'no-ack');
  }

  close(): void {
    this.#finish('closed');
  }

  #giveUp(end: ServerSessionEnd): void {
    if (!this.#open) return;
    this.#finish(end);
    this.#sendBye().catch((error: unknown) => {
      this.#context.log?.info({ error, callId: this.dialog.state.callId }, 'own BYE not answered');
    });
  }

  /** By the connection of the INVITE while it is open and no proxy is between: the Contact of a browser leads nowhere. */
  async #sendBye(): Promise<SipResponse> {
    const { dialog } = this;
    const { transport, flow } = this.#invite;
    const direct = transport.reliable && dialog.state.routeSet.length === 0 && transport.isOpen(flow.id);
    return this.#context.send(dialog.request('BYE'), direct ? { dialog, flow } : { dialog });
  }

  #finish(end: ServerSessionEnd): void {
    if (!this.#open) return;
    this.#open = false;
    this.#resendTimer?.cancel();
    this.#ackTimer?.cancel();
    this.#byeTimer?.cancel();
    this.#context.dialogs.remove(this);
    this.#end(end);
  }
}
