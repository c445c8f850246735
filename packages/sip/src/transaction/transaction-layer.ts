import type { SipRequest, SipResponse } from '../protocol/message.ts';
import { to, vias } from '../protocol/readers.ts';
import type { Admission, Destination, Flow, SipLog, Transport } from '../ports.ts';
import { routeOfResponse } from '../response-route.ts';
import type { RequestPreparation } from '../outgoing-request.ts';
import type { Tokens } from '../tokens.ts';
import type { TransportLayer, TransportLayerUser } from '../transport-layer.ts';
import { ClientTransaction } from './client-transaction.ts';
import type { ClientTransactionContext, ClientTransactionUser } from './client-transaction.ts';
import { CompletedTransactions } from './completed-transactions.ts';
import { ConnectionWaiters } from './connection-waiters.ts';
import { ServerTransaction } from './server-transaction.ts';
import type { ServerTransactionContext } from './server-transaction.ts';
import { TimerQueues } from './timer-queues.ts';
import { timerDuration } from './timers.ts';
import type { TimerSettings } from './timers.ts';
import {
  branchCookie,
  clientTransactionKey,
  keyOfResponse,
  serverTransactionKey,
} from './transaction-key.ts';

/** What the transaction layer hands upwards. */
export interface TransactionUser {
  /** A new request, not a retransmission and no ACK. */
  request(request: SipRequest, transaction: ServerTransaction): void;
  /** An ACK that no transaction absorbs: for a 2xx, or stray. */
  ack(request: SipRequest, flow: Flow): void;
  serverEnded(transaction: ServerTransaction): void;
  /** A server transaction whose answer was kept for retransmissions is forgotten. */
  answerForgotten(mergeKey: string | undefined): void;
}

export interface TransactionLayerOptions {
  readonly transport: TransportLayer;
  readonly preparation: RequestPreparation;
  readonly timers: TimerQueues;
  readonly settings: TimerSettings;
  readonly tokens: Tokens;
  readonly admission?: Admission | undefined;
  readonly log?: SipLog | undefined;
  /** More server transactions than these are answered with 503. */
  readonly maxServerTransactions: number;
  readonly retryAfterSeconds: number;
}

/** They end what is under way, so that refusing them would only cost more. */
const alwaysLetIn: ReadonlySet<string> = new Set(['ACK', 'CANCEL', 'BYE']);

/** RFC 3261 section 17: matches messages to transactions, and owns these. */
export class TransactionLayer implements TransportLayerUser {
  readonly #options: TransactionLayerOptions;
  readonly #user: TransactionUser;
  readonly #clients = new Map<string, ClientTransaction>();
  /** Over unreliable transports a completed non-INVITE transaction is its answer. */
  readonly #servers = new Map<string, ServerTransaction | Uint8Array>();
  readonly #completed: CompletedTransactions;
  readonly #waiters = new ConnectionWaiters();
  readonly #clientContext: ClientTransactionContext;
  readonly #serverContext: ServerTransactionContext;
  readonly counters = { retransmissions: 0, strayResponses: 0, refusedForLoad: 0 };

  constructor(options: TransactionLayerOptions, user: TransactionUser) {
    const { timers, settings, transport, preparation, log } = options;
    this.#options = options;
    this.#user = user;
    this.#clientContext = {
      timers,
      settings,
      transport,
      preparation,
      log,
      left: (transaction, flow) => this.#waiters.add(transaction, flow),
      ended: (transaction) => {
        this.#clients.delete(transaction.key);
        this.#waiters.remove(transaction);
      },
    };
    const timerJ = timerDuration('j', { settings, reliable: false, retransmissions: 0, proceeding: false });
    this.#completed = new CompletedTransactions(timers, timerJ ?? 0, (key, mergeKey) => {
      if (this.#servers.delete(key)) user.answerForgotten(mergeKey);
    });
    this.#serverContext = {
      timers,
      settings,
      transport,
      log,
      ended: (transaction) => {
        if (this.#servers.delete(transaction.key)) user.serverEnded(transaction);
      },
      completed: (transaction, answer) => {
        const { key, mergeKey } = transaction;
        this.#servers.set(key, answer);
        this.#completed.add(key, mergeKey);
      },
      acknowledged: (ack, flow) => user.ack(ack, flow),
    };
  }

  get size(): { readonly clients: number; readonly servers: number } {
    return { clients: this.#clients.size, servers: this.#servers.size };
  }

  /** Starts a client transaction. Throws a TransportFailure where no transport fits the destination. */
  send(
    request: SipRequest,
    destination: Destination,
    user: ClientTransactionUser,
    branch = branchCookie + this.#options.tokens.next(),
  ): ClientTransaction {
    const outgoing = this.#options.preparation.prepare(request, destination, branch);
    const key = clientTransactionKey(branch, request.method);
    const transaction = new ClientTransaction(key, branch, request, outgoing, user, this.#clientContext);
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** RFC 3261 section 9.2: the transaction that this CANCEL is about, or that it was answered long ago. */
  cancelled(cancel: SipRequest, methods: Iterable<string>): ServerTransaction | 'answered' | undefined {
    for (const method of methods) {
      const transaction = this.#servers.get(serverTransactionKey(cancel, method));
      if (transaction !== undefined)
        return transaction instanceof ServerTransaction ? transaction : 'answered';
    }
    return undefined;
  }

  /** Where this request would begin a transaction that is not to begin now: when its sender may try again, in seconds. */
  refusal(request: SipRequest): number | undefined {
    const { admission } = this.#options;
    if (admission?.refusing() !== true || alwaysLetIn.has(request.method)) return undefined;
    const key = serverTransactionKey(request);
    // RFC 3261 section 17.2: a retransmission belongs to its transaction, however busy we are.
    if (this.#servers.has(key)) return undefined;
    const seconds = admission.refusal(request.method, key);
    if (seconds !== undefined) this.counters.refusedForLoad += 1;
    return seconds;
  }

  request(request: SipRequest, flow: Flow, transport: Transport): void {
    const key = serverTransactionKey(request);
    const known = this.#servers.get(key);
    if (known instanceof Uint8Array) return this.#answerAgain(known, request, flow, transport);
    if (request.method === 'ACK') return this.#acknowledged(known, request, flow);
    if (known !== undefined) {
      this.counters.retransmissions += 1;
      return known.retransmitted();
    }
    const { maxServerTransactions, retryAfterSeconds } = this.#options;
    if (this.#servers.size >= maxServerTransactions) {
      this.counters.refusedForLoad += 1;
      const headers = [['Retry-After', String(retryAfterSeconds)]] as const;
      return this.#options.transport.respondStatelessly(request, flow, transport, 503, { headers });
    }
    const route = routeOfResponse(request, flow, transport);
    const transaction = new ServerTransaction(key, request, flow, route, this.#serverContext);
    this.#servers.set(key, transaction);
    transaction.start();
    this.#user.request(request, transaction);
  }

  /** RFC 3261 section 17.2.2, the state Completed. A retransmission says as its original did where the answer goes. */
  #answerAgain(answer: Uint8Array, request: SipRequest, flow: Flow, transport: Transport): void {
    this.counters.retransmissions += 1;
    const { transport: layer, log } = this.#options;
    layer
      .sendResponse(answer, routeOfResponse(request, flow, transport))
      .catch((error: unknown) => log?.info({ error, remote: flow.remote }, 'response not sent'));
  }

  #acknowledged(known: ServerTransaction | undefined, ack: SipRequest, flow: Flow): void {
    // By RFC 2543 the branch does not tell, but the To tag has to be that of our response.
    const ours = known?.toTag === undefined || known.toTag === to(ack).parameters.get('tag');
    if (known !== undefined && ours) known.acknowledged(ack);
    else this.#user.ack(ack, flow);
  }

  response(response: SipResponse): void {
    const key = keyOfResponse(response);
    const transaction = key === undefined ? undefined : this.#clients.get(key);
    // RFC 3261 section 8.1.3.3: with more than one Via it is not for us. RFC 6026 section 8.9: strays end here.
    if (transaction === undefined || vias(response).length > 1) this.counters.strayResponses += 1;
    else transaction.receive(response);
  }

  closed(flow: Flow, error: Error | undefined): void {
    for (const transaction of this.#waiters.of(flow)) transaction.connectionLost(error);
  }

  /** Ends every transaction at once; those who wait are told. */
  close(): void {
    const closing = new Error('the user agent was closed');
    for (const transaction of this.#clients.values()) {
      transaction.fail(closing);
      transaction.terminate();
    }
    this.#completed.close();
    for (const transaction of this.#servers.values())
      if (transaction instanceof ServerTransaction) transaction.terminate();
    this.#servers.clear();
  }
}
