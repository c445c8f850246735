import { responseTo } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
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

export interface ClientSessionContext {
  readonly dialogs: DialogTable;
  sendAck(ack: SipRequest): void;
  send(request: SipRequest, dialog: Dialog): Promise<SipResponse>;
}

/** RFC 3261 sections 13.2.2.4 and 15.1.1. */
export class AskedSession implements ClientSession, DialogUser {
  readonly dialog: Dialog;
  readonly ended: Promise<void>;
  readonly #inviteSequence: number;
  readonly #credentials: readonly (readonly [string, string])[];
  readonly #context: ClientSessionContext;
  #end: () => void = () => {};
  #ack: SipRequest | undefined;

  /** `credentials`: those of the INVITE, which the ACK carries too. */
  constructor(
    dialog: Dialog,
    inviteSequence: number,
    credentials: readonly (readonly [string, string])[],
    context: ClientSessionContext,
  ) {
    this.dialog = dialog;
    this.#inviteSequence = inviteSequence;
    this.#credentials = credentials;
    this.#context = context;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    context.dialogs.add(this);
  }

  ack(options: DialogRequestOptions = {}): void {
    if (this.#ack !== undefined) return;
    const headers = [...this.#credentials, ...(options.headers ?? [])];
    this.#ack = this.dialog.acknowledgement(this.#inviteSequence, { ...options, headers });
    this.#context.sendAck(this.#ack);
  }

  /** The 2xx came again: the ACK was lost. */
  accepted(): void {
    if (this.#ack !== undefined) this.#context.sendAck(this.#ack);
  }

  async bye(): Promise<SipResponse> {
    this.ack();
    this.#finish();
    return this.#context.send(this.dialog.request('BYE'), this.dialog);
  }

  request(incoming: IncomingRequest): boolean {
    const { method } = incoming.request;
    if (method === 'BYE') {
      incoming.respond(responseTo(incoming.request, 200));
      this.#finish();
      return true;
    }
    if (method !== 'INVITE' && method !== 'UPDATE') return false;
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
