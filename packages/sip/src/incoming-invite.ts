import type { SipRequest, SipResponse } from './protocol/message.ts';
import { Dialog } from './dialog.ts';
import { Incoming } from './incoming-request.ts';
import type { IncomingRequest, ResponseDefaults } from './incoming-request.ts';
import { InviteCancelled } from './rejection.ts';
import { AcceptedSession } from './server-session.ts';
import type { ServerSession, ServerSessionContext, SessionOptions } from './server-session.ts';
import type { ServerTransaction } from './transaction/server-transaction.ts';

/** An INVITE that waits for its answer. */
export interface IncomingInvite extends IncomingRequest {
  /** Aborted when a CANCEL came before the answer; the INVITE is answered with 487 by then. */
  readonly cancelled: AbortSignal;
  /**
   * Answers with 2xx and makes the dialog: the answer is retransmitted until its ACK, BYE is answered, a missing ACK
   * or BYE ends in our own BYE after 64*T1. Throws InviteCancelled where a CANCEL was faster.
   */
  readonly accept: (response: SipResponse, options?: SessionOptions) => ServerSession;
}

export type InviteHandler = (incoming: IncomingInvite) => void | Promise<void>;

export interface InviteContext extends ServerSessionContext, ResponseDefaults {
  /** Our Contact, as the peer of this transaction reaches us. */
  contactFor(transaction: ServerTransaction): string;
  /** Allow and Supported, for a 2xx (section 13.3.1.4). */
  abilities(): Iterable<readonly [name: string, value: string]>;
  settled(transaction: ServerTransaction): void;
}

/** RFC 3261 section 13.3 for one INVITE. */
export class Invitation extends Incoming implements IncomingInvite {
  readonly #cancelling = new AbortController();
  readonly #context: InviteContext;

  constructor(request: SipRequest, transaction: ServerTransaction, context: InviteContext) {
    super(request, transaction, context);
    this.#context = context;
  }

  get cancelled(): AbortSignal {
    return this.#cancelling.signal;
  }

  protected override answer(response: SipResponse): void {
    if (response.status >= 200 && response.status < 300 && this.open) this.accept(response);
    else super.answer(response);
    if (!this.open) this.#context.settled(this.transaction);
  }

  readonly accept = (response: SipResponse, options: SessionOptions = {}): ServerSession => {
    if (this.cancelled.aborted) throw new InviteCancelled();
    if (!this.open) throw new Error('the INVITE is answered already');
    const answer = this.completed(response);
    // A Contact that cannot be read is found here, before anything was sent.
    const session = this.#sessionBy(answer, options);
    this.transaction.respond(answer);
    this.#context.settled(this.transaction);
    return session;
  };

  /** The session that this answer makes, or goes on with. */
  #sessionBy(answer: SipResponse, options: SessionOptions): ServerSession {
    const { transport, flow } = this.transaction;
    const invite = { transport, flow, resend: () => this.transaction.respond(answer) };
    const known = this.#context.dialogs.find(this.request);
    if (!(known instanceof AcceptedSession))
      return new AcceptedSession(Dialog.ofServer(this.request, answer), invite, options, this.#context);
    known.accepted(this.request, invite);
    return known;
  }

  /** The CANCEL was answered by the core; nothing follows where the INVITE is answered (section 9.2). */
  cancel(): void {
    if (!this.open) return;
    this.reject(new InviteCancelled());
    this.#cancelling.abort();
  }

  /** Section 12.1.1: what makes a dialog has a Contact, and the Record-Route of the request. */
  protected override completed(response: SipResponse): SipResponse {
    const answer = super.completed(response);
    if (response.status <= 100 || response.status >= 300) return answer;
    let { headers } = answer;
    if (!headers.has('Record-Route'))
      for (const row of this.request.headers.all('Record-Route'))
        headers = headers.append('Record-Route', row);
    if (!headers.has('Contact'))
      headers = headers.append('Contact', this.#context.contactFor(this.transaction));
    if (response.status < 200) return { ...answer, headers };
    for (const [name, value] of this.#context.abilities())
      if (!headers.has(name)) headers = headers.append(name, value);
    return { ...answer, headers };
  }
}
