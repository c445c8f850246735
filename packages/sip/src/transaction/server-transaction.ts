import { responseTo } from '../protocol/message.ts';
import type { SipRequest, SipResponse } from '../protocol/message.ts';
import { to } from '../protocol/readers.ts';
import { serializeMessage } from '../protocol/serializer.ts';
import type { Flow, SipLog, Transport } from '../ports.ts';
import type { ResponseRoute } from '../response-route.ts';
import type { TransportLayer } from '../transport-layer.ts';
import type { Effect } from './effect.ts';
import { inviteServer } from './invite-server.ts';
import { machine } from './machine.ts';
import { nonInviteServer } from './non-invite-server.ts';
import { Transaction } from './transaction.ts';
import { tryingDelay } from './timers.ts';
import type { TimerName } from './timers.ts';
import type { TransactionContext } from './transaction.ts';

const inviteMachine = machine('proceeding', inviteServer);
const nonInviteMachine = machine('trying', nonInviteServer);

export interface ServerTransactionContext extends TransactionContext {
  readonly transport: TransportLayer;
  readonly log: SipLog | undefined;
  ended(transaction: ServerTransaction): void;
  /** From here to timer J all that is left of a transaction over an unreliable transport is its answer. */
  completed(transaction: ServerTransaction, answer: Uint8Array): void;
  /** An ACK that came to an INVITE transaction that was accepted (RFC 6026 section 8.5). */
  acknowledged(ack: SipRequest, flow: Flow): void;
}

/**
 * RFC 3261 section 17.2: one request and the answers to it. After the final answer nothing is kept of the request:
 * a retransmission is answered with the bytes of that answer.
 */
export class ServerTransaction extends Transaction {
  /** RFC 3261 section 8.2.2.2: what merged requests have in common; the core's. */
  mergeKey: string | undefined;
  readonly flow: Flow;
  readonly #route: ResponseRoute;
  readonly #context: ServerTransactionContext;
  #request: SipRequest | undefined;
  #lastResponse: Uint8Array | undefined;
  #responseToTag: string | undefined;
  #ack: SipRequest | undefined;

  constructor(
    key: string,
    request: SipRequest,
    flow: Flow,
    route: ResponseRoute,
    context: ServerTransactionContext,
  ) {
    super(key, request.method, request.method === 'INVITE' ? inviteMachine : nonInviteMachine, context);
    this.flow = flow;
    this.#request = request;
    this.#route = route;
    this.#context = context;
  }

  /** No final response was sent yet. */
  get open(): boolean {
    return this.state === 'trying' || this.state === 'proceeding';
  }

  get transport(): Transport {
    return this.#route.transport;
  }

  /** The tag of the last response's To; undefined before it. */
  get toTag(): string | undefined {
    return this.#responseToTag;
  }

  start(): void {
    this.handle('start');
  }

  /** Sends a response, or absorbs it where the machine's state has no place for it. */
  respond(response: SipResponse): void {
    const event = this.#eventOf(response.status);
    if (!this.open && event !== 'success') return;
    this.#lastResponse = serializeMessage(response);
    if (this.method === 'INVITE') {
      const tag = to(response).parameters.get('tag');
      this.#responseToTag = typeof tag === 'string' ? tag : undefined;
    }
    if (response.status >= 200) this.#request = undefined;
    this.handle(event);
  }

  retransmitted(): void {
    this.handle('request');
  }

  acknowledged(ack: SipRequest): void {
    this.#ack = ack;
    this.handle('ack');
    this.#ack = undefined;
  }

  protected get reliable(): boolean {
    return this.#route.transport.reliable;
  }

  protected override startTimer(name: TimerName): void {
    if (name === 'j' && !this.reliable && this.#lastResponse !== undefined)
      this.#context.completed(this, this.#lastResponse);
    else super.startTimer(name);
  }

  protected ended(): void {
    this.#context.ended(this);
  }

  protected perform(effect: Effect): void {
    if (effect === 'send-response') this.#send();
    else if (effect === 'send-trying') this.#sendTrying();
    else if (effect === 'pass-ack' && this.#ack !== undefined)
      this.#context.acknowledged(this.#ack, this.flow);
    else if (effect === 'inform-timeout')
      this.#context.log?.debug({ key: this.key }, 'no ACK came for a refused INVITE');
  }

  #eventOf(status: number): string {
    if (status < 200) return 'provisional';
    if (this.method !== 'INVITE') return 'final';
    return status < 300 ? 'success' : 'failure';
  }

  #send(): void {
    if (this.#lastResponse === undefined) return;
    this.#context.transport
      .sendResponse(this.#lastResponse, this.#route)
      .catch((error: unknown) => this.#notSent(error));
  }

  /** RFC 3261 section 8.2.6.1: with the Timestamp of the request and our delay in seconds. */
  #sendTrying(): void {
    if (this.#request === undefined) return;
    const [sent] = (this.#request.headers.get('Timestamp') ?? '').split(' ');
    const headers: [string, string][] = sent ? [['Timestamp', `${sent} ${tryingDelay / 1000}`]] : [];
    this.respond(responseTo(this.#request, 100, { headers }));
  }

  #notSent(error: unknown): void {
    this.#context.log?.info({ error, remote: this.flow.remote }, 'response not sent');
    this.handle('transport-error');
  }
}
