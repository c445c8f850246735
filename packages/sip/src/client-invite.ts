import type { SipRequest, SipResponse } from './protocol/message.ts';
import { cseq } from './protocol/readers.ts';
import type { Cancellation } from './cancellation.ts';
import { AskedSession } from './client-session.ts';
import type { ClientSession, ClientSessionContext, SessionSending } from './client-session.ts';
import type { SendOptions } from './client-options.ts';
import { Dialog } from './dialog.ts';
import type { Destination, SipLog } from './ports.ts';
import { RequestTimeout } from './request-timeout.ts';
import { cancelOf } from './transaction/acknowledgement.ts';
import type { ClientTransaction, ClientTransactionUser } from './transaction/client-transaction.ts';
import type { QueuedTimer, TimerQueues, TimerTarget } from './transaction/timer-queues.ts';
import type { TransactionLayer } from './transaction/transaction-layer.ts';

/** The final response to an INVITE; with a session where it is 2xx. */
export interface ClientInviteResult {
  readonly response: SipResponse;
  readonly session?: ClientSession;
}

export interface ClientInviteContext extends ClientSessionContext {
  readonly transactions: TransactionLayer;
  readonly timers: TimerQueues;
  readonly log: SipLog | undefined;
  readonly t1: number;
}

const silent: ClientTransactionUser = { response: () => {}, timedOut: () => {}, failed: () => {} };

/** RFC 3261 section 13.2 for one INVITE at one destination: lives on after its answer, for what comes late. */
export class ClientInvite implements ClientTransactionUser, TimerTarget {
  readonly answered: Promise<SipResponse>;
  readonly #context: ClientInviteContext;
  readonly #request: SipRequest;
  readonly #transaction: ClientTransaction;
  readonly #onProvisional: ((response: SipResponse) => void) | undefined;
  readonly #sending: SessionSending;
  readonly #sessions = new Map<string, AskedSession>();
  #first: AskedSession | undefined;
  #resolve: (response: SipResponse) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #proceeding = false;
  #final = false;
  #cancelled = false;
  #cancelTimer: QueuedTimer | undefined;

  constructor(
    request: SipRequest,
    destination: Destination,
    cancellation: Cancellation,
    { onProvisional, credentials, flow, destination: named }: SendOptions,
    context: ClientInviteContext,
  ) {
    this.#context = context;
    this.#request = request;
    this.#onProvisional = onProvisional;
    this.#sending = {
      ...(credentials && { credentials }),
      ...(flow && { flow }),
      ...(named && { destination: named }),
    };
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#transaction = context.transactions.send(request, destination, this);
    cancellation.act = () => {
      this.#cancel();
      this.#reject(cancellation.reason);
    };
  }

  /** The session of the first 2xx. */
  get session(): ClientSession | undefined {
    return this.#first;
  }

  response(response: SipResponse): void {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#acceptedOrBroken(response);
    else {
      this.#settled();
      this.#resolve(response);
    }
  }

  timedOut(): void {
    this.#settled();
    this.#reject(new RequestTimeout('INVITE', this.#request.uri));
  }

  failed(error: unknown): void {
    this.#settled();
    this.#reject(error);
  }

  /** RFC 3261 section 9.1: no final response came for 64*T1 after the CANCEL. */
  timerFired(): void {
    this.#transaction.terminate();
  }

  #provisional(response: SipResponse): void {
    this.#proceeding = true;
    if (this.#cancelled) this.#sendCancel();
    else this.#onProvisional?.(response);
  }

  /** A 2xx from which no dialog can be made (no Contact) cannot be acknowledged either. */
  #acceptedOrBroken(response: SipResponse): void {
    try {
      this.#accepted(response);
    } catch (error) {
      this.failed(error);
    }
  }

  /** RFC 3261 section 13.2.2.4: each 2xx with a To tag of its own is a session of its own. */
  #accepted(response: SipResponse): void {
    const dialog = Dialog.ofClient(this.#request, response);
    const known = this.#sessions.get(dialog.id);
    if (known !== undefined) return known.accepted();
    const session = new AskedSession(
      dialog,
      cseq(this.#request).sequence,
      this.#credentials(),
      this.#sending,
      this.#context,
    );
    this.#sessions.set(dialog.id, session);
    this.#settled();
    if (this.#first === undefined && !this.#cancelled) {
      this.#first = session;
      this.#resolve(response);
    } else this.#decline(session);
  }

  /** A fork too many, or an answer that was faster than the CANCEL. */
  #decline(session: AskedSession): void {
    session.bye().catch((error: unknown) => {
      this.#context.log?.info(
        { error, callId: session.dialog.state.callId },
        'BYE for an unwanted session not answered',
      );
    });
  }

  #cancel(): void {
    if (this.#final || this.#cancelled) return;
    this.#cancelled = true;
    // RFC 3261 section 9.1: not before a provisional response.
    if (this.#proceeding) this.#sendCancel();
  }

  #sendCancel(): void {
    if (this.#cancelTimer !== undefined || this.#final) return;
    this.#cancelTimer = this.#context.timers.start(64 * this.#context.t1, this, 'cancel');
    const { outgoing } = this.#transaction;
    if (outgoing === undefined) return;
    const { request, destination } = outgoing;
    try {
      this.#context.transactions.send(cancelOf(request), destination, silent, this.#transaction.branch);
    } catch (error) {
      this.#context.log?.info({ error }, 'CANCEL not sent');
    }
  }

  #credentials(): (readonly [string, string])[] {
    return ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
      this.#request.headers.all(name).map((value) => [name, value] as const),
    );
  }

  #settled(): void {
    this.#final = true;
    this.#cancelTimer?.cancel();
  }
}
