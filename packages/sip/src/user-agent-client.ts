import type { SipRequest, SipResponse } from './protocol/message.ts';
import { Cancellation } from './cancellation.ts';
import { ClientInvite } from './client-invite.ts';
import type { ClientInviteContext, ClientInviteResult } from './client-invite.ts';
import type { SendOptions } from './client-options.ts';
import type { SessionSending } from './client-session.ts';
import type { DialogTable } from './dialog-table.ts';
import type { Destination, SipLog } from './ports.ts';
import { attemptRequest } from './request-attempt.ts';
import type { RequestPreparation } from './outgoing-request.ts';
import type { RequestSender } from './request-sender.ts';
import { RequestTimeout } from './request-timeout.ts';
import type { Tokens } from './tokens.ts';
import type { TransportLayer } from './transport-layer.ts';
import type { TimerQueues } from './transaction/timer-queues.ts';
import { branchCookie } from './transaction/transaction-key.ts';
import type { TransactionLayer } from './transaction/transaction-layer.ts';

export interface UserAgentClientOptions {
  readonly transport: TransportLayer;
  readonly preparation: RequestPreparation;
  readonly transactions: TransactionLayer;
  readonly timers: TimerQueues;
  readonly dialogs: DialogTable;
  readonly sender: RequestSender;
  readonly tokens: Tokens;
  readonly t1: number;
  readonly log: SipLog | undefined;
  /** Our Contact, as it is reached from this destination. */
  contactFor(destination: Destination): string;
}

/** An INVITE has no timer of its own once a provisional response came (RFC 3261 section 17.1.1.2). */
const defaultInviteTimeoutMs = 180_000;

/** RFC 3261 section 8.1, and 13.2 for INVITE. */
export class UserAgentClient {
  readonly #options: UserAgentClientOptions;
  readonly #context: ClientInviteContext;

  constructor(options: UserAgentClientOptions) {
    this.#options = options;
    const { transactions, timers, dialogs, log, t1 } = options;
    this.#context = {
      transactions,
      timers,
      dialogs,
      log,
      t1,
      send: (request, sending) => this.send(request, sending),
      acknowledge: (ack, sending) => this.#acknowledgement(ack, sending),
    };
  }

  async send(request: SipRequest, options: SendOptions): Promise<SipResponse> {
    const { method } = request;
    if (method === 'INVITE' || method === 'ACK' || method === 'CANCEL')
      throw new TypeError(`${method} is not sent by send(), but by invite() and its session`);
    const { timers, transactions, sender } = this.#options;
    const cancellation = new Cancellation(timers, options, () => new RequestTimeout(method, request.uri));
    try {
      const attempt = attemptRequest(transactions, cancellation, options.onProvisional);
      return await sender.send(request, options, cancellation, attempt);
    } finally {
      cancellation.dispose();
    }
  }

  async invite(request: SipRequest, options: SendOptions): Promise<ClientInviteResult> {
    const { timers, sender } = this.#options;
    const { timeoutMs = defaultInviteTimeoutMs } = options;
    const limits = { ...options, timeoutMs };
    const cancellation = new Cancellation(timers, limits, () => new RequestTimeout('INVITE', request.uri));
    let last: ClientInvite | undefined;
    const attempt = (routed: SipRequest, destination: Destination): Promise<SipResponse> => {
      const withContact = this.#withContact(routed, destination);
      last = new ClientInvite(withContact, destination, cancellation, options, this.#context);
      return last.answered;
    };
    try {
      const response = await sender.send(request, options, cancellation, attempt);
      const session = last?.session;
      return session === undefined ? { response } : { response, session };
    } finally {
      cancellation.dispose();
    }
  }

  #withContact(request: SipRequest, destination: Destination): SipRequest {
    if (request.headers.has('Contact')) return request;
    return { ...request, headers: request.headers.append('Contact', this.#options.contactFor(destination)) };
  }

  /** RFC 3261 section 13.2.2.4: the ACK of a 2xx is no transaction's; it has a branch of its own. */
  #acknowledgement(ack: SipRequest, sending: SessionSending): () => void {
    const { sender, transport, preparation, tokens, log } = this.#options;
    const branch = branchCookie + tokens.next();
    const take = async (request: SipRequest, destination: Destination): Promise<void> => {
      const outgoing = preparation.prepareAsIs(request, destination, branch);
      await transport.send(outgoing.bytes, outgoing.destination, outgoing.transport);
    };
    const note = (error: unknown): void => log?.info({ error }, 'ACK not sent');
    return () => void sender.firstThatTakes(ack, sending, take).catch(note);
  }
}
