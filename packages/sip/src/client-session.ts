import { responseTo } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import type { SendOptions } from './client-options.ts';
import type { Dialog, DialogRequestOptions } from './dialog.ts';
import type { DialogTable, DialogUser } from './dialog-table.ts';
import type { IncomingRequest } from './incoming-request.ts';

/** A session that we asked for and the peer accepted. */
export interface ClientSession {
  readonly dialog: Dialog;
  /** Acknowledges the 2xx, and every retransmission of it. A second call is ignored. */
  ack(options?: DialogRequestOptions): void;
  /** Ends the session; acknowledges first where that was not done. */
  bye(): Promise<SipResponse>;
  /** Resolves when either side has sent its BYE, or the user agent was closed. */
  readonly ended: Promise<void>;
}

/** What the caller of `invite` said for the whole session; the way only where no proxy recorded itself. */
export type SessionSending = Pick<SendOptions, 'credentials' | 'flow' | 'destination'>;

export interface ClientSessionContext {
  readonly dialogs: DialogTable;
  /** What sends this ACK, each time the same. */
  acknowledge(ack: SipRequest, sending: SessionSending): () => void;
  send(request: SipRequest, options: SendOptions): Promise<SipResponse>;
}

/** RFC 3261 sections 13.2.2.4 and 15.1.1. */
export class AskedSession implements ClientSession, DialogUser {
  readonly dialog: Dialog;
  readonly methods = ['BYE', 'INVITE'];
  readonly ended: Promise<void>;
  readonly #inviteSequence: number;
  readonly #inviteCredentials: readonly (readonly [string, string])[];
  readonly #context: ClientSessionContext;
  readonly #sending: SessionSending;
  #end: () => void = () => {};
  #sendAck: (() => void) | undefined;

  /** `inviteCredentials`: the header fields of the INVITE, which the ACK carries too. */
  constructor(
    dialog: Dialog,
    inviteSequence: number,
    inviteCredentials: readonly (readonly [string, string])[],
    sending: SessionSending,
    context: ClientSessionContext,
  ) {
    this.dialog = dialog;
    this.#inviteSequence = inviteSequence;
    this.#inviteCredentials = inviteCredentials;
    this.#context = context;
    const { credentials } = sending;
    this.#sending = dialog.state.routeSet.length === 0 ? sending : { ...(credentials && { credentials }) };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    context.dialogs.add(this);
  }

  ack(options: DialogRequestOptions = {}): void {
    if (this.#sendAck !== undefined) return;
    const headers = [...this.#inviteCredentials, ...(options.headers ?? [])];
    const ack = this.dialog.acknowledgement(this.#inviteSequence, { ...options, headers });
    this.#sendAck = this.#context.acknowledge(ack, this.#sending);
    this.#sendAck();
  }

  /** The 2xx came again: the ACK was lost. */
  accepted(): void {
    this.#sendAck?.();
  }

  async bye(): Promise<SipResponse> {
    this.ack();
    this.#finish();
    const { dialog } = this;
    return this.#context.send(dialog.request('BYE'), { ...this.#sending, dialog });
  }

  request(incoming: IncomingRequest): boolean {
    const { method } = incoming.request;
    if (method === 'BYE') {
      incoming.respond(responseTo(incoming.request, 200));
      this.#finish();
      return true;
    }
    if (method !== 'INVITE') return false;
    incoming.respond(responseTo(incoming.request, 488));
    return true;
  }

  acknowledged(): void {
    // Nothing of ours in this dialog is acknowledged: re-INVITEs are refused, and their ACK ends in the transaction.
  }

  close(): void {
    this.#finish();
  }

  #finish(): void {
    this.#context.dialogs.remove(this);
    this.#end();
  }
}
