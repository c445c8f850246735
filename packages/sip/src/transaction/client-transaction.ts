import type { SipRequest, SipResponse } from '../protocol/message.ts';
import { serializeMessage } from '../protocol/serializer.ts';
import type { Destination, Flow, SipLog } from '../ports.ts';
import type { OutgoingRequest, RequestPreparation } from '../outgoing-request.ts';
import { describeDestination, TransportFailure } from '../transport-failure.ts';
import type { TransportLayer } from '../transport-layer.ts';
import { acknowledgementOfFailure } from './acknowledgement.ts';
import type { Effect } from './effect.ts';
import { inviteClient } from './invite-client.ts';
import { machine } from './machine.ts';
import { nonInviteClient } from './non-invite-client.ts';
import { Transaction } from './transaction.ts';
import type { TransactionContext } from './transaction.ts';

const inviteMachine = machine('calling', inviteClient);
const nonInviteMachine = machine('trying', nonInviteClient);

/** Who waits for the answer to a request. */
export interface ClientTransactionUser {
  /** Every provisional and final response, retransmitted 2xx to INVITE too. */
  response(response: SipResponse, transaction: ClientTransaction): void;
  timedOut(transaction: ClientTransaction): void;
  failed(error: unknown, transaction: ClientTransaction): void;
}

export interface ClientTransactionContext extends TransactionContext {
  readonly transport: TransportLayer;
  readonly preparation: RequestPreparation;
  readonly log: SipLog | undefined;
  /** The request is with the operating system; its answer is awaited on this flow. */
  left(transaction: ClientTransaction, flow: Flow): void;
  ended(transaction: ClientTransaction): void;
}

/** RFC 3261 section 17.1: one request until its final response. */
export class ClientTransaction extends Transaction {
  #outgoing: OutgoingRequest | undefined;
  #flow: Flow | undefined;
  #response: SipResponse | undefined;
  #error: unknown;
  #reliable: boolean;
  readonly #branch: string;
  #original: SipRequest | undefined;
  #user: ClientTransactionUser | undefined;
  readonly #context: ClientTransactionContext;

  constructor(
    key: string,
    branch: string,
    original: SipRequest,
    outgoing: OutgoingRequest,
    user: ClientTransactionUser,
    context: ClientTransactionContext,
  ) {
    super(key, original.method, original.method === 'INVITE' ? inviteMachine : nonInviteMachine, context);
    this.#branch = branch;
    this.#original = original;
    this.#outgoing = outgoing;
    this.#reliable = outgoing.transport.reliable;
    this.#user = user;
    this.#context = context;
  }

  /** The request with our Via, and where it went; forgotten with the final response to anything but INVITE. */
  get outgoing(): OutgoingRequest | undefined {
    return this.#outgoing;
  }

  get branch(): string {
    return this.#branch;
  }

  /** The flow by which the request left; undefined until it has. */
  get flow(): Flow | undefined {
    return this.#flow;
  }

  start(): void {
    this.handle('start');
  }

  receive(response: SipResponse): void {
    this.#response = response;
    this.handle(this.#eventOf(response.status));
    if (response.status >= 200 && this.method !== 'INVITE') this.#forget();
  }

  /** Until timer K ends the transaction only absorbs retransmissions, at thousands a second for 5 s each. */
  #forget(): void {
    this.#response = undefined;
    this.#outgoing = undefined;
    this.#original = undefined;
    this.#user = undefined;
  }

  /** The connection by which the request left is gone: the next destination may be tried (RFC 3263 section 4.3). */
  connectionLost(cause: Error | undefined): void {
    if (this.#outgoing === undefined) return;
    const { destination } = this.#outgoing;
    const why = cause?.message ?? 'connection closed before the answer';
    this.fail(new TransportFailure(`${describeDestination(destination)}: ${why}`, destination, { cause }));
  }

  fail(error: unknown): void {
    this.#error = error;
    this.handle('transport-error');
  }

  protected get reliable(): boolean {
    return this.#reliable;
  }

  protected ended(): void {
    this.#context.ended(this);
  }

  protected perform(effect: Effect): void {
    if (effect === 'send-request') this.#sendRequest();
    else if (effect === 'send-ack') this.#sendAck();
    else if (effect === 'pass-response' && this.#response !== undefined)
      this.#user?.response(this.#response, this);
    else if (effect === 'inform-timeout') this.#user?.timedOut(this);
    else if (effect === 'inform-transport-error') this.#user?.failed(this.#error, this);
  }

  #eventOf(status: number): string {
    if (status < 200) return 'provisional';
    if (this.method !== 'INVITE') return 'final';
    return status < 300 ? 'success' : 'failure';
  }

  #sendRequest(): void {
    if (this.#outgoing === undefined) return;
    const { bytes, destination, transport } = this.#outgoing;
    this.#context.transport.send(bytes, destination, transport).then(
      (flow) => this.#sent(flow),
      (error: unknown) => this.#notSent(error),
    );
  }

  #sent(flow: Flow): void {
    // The answer can be faster than the news that the request has left.
    if (this.state === 'terminated') return;
    this.#flow = flow;
    this.#context.left(this, flow);
  }

  #notSent(error: unknown): void {
    const fallback = this.#outgoing?.fallback;
    if (fallback !== undefined && this.#original !== undefined && this.state !== 'terminated')
      return this.#sendInstead(this.#original, fallback);
    this.fail(error);
  }

  /** RFC 3261 section 18.1.1: TCP was our choice and is refused, so the request goes by UDP after all. */
  #sendInstead(original: SipRequest, fallback: Destination): void {
    const { preparation } = this.#context;
    if (this.#outgoing !== undefined) preparation.noteRefusal(this.#outgoing.destination);
    this.#outgoing = preparation.prepareAsIs(original, fallback, this.#branch);
    this.#reliable = this.#outgoing.transport.reliable;
    this.restart();
    this.handle('start');
  }

  /** RFC 3261 section 17.1.1.3: where the INVITE went, each time the response comes. */
  #sendAck(): void {
    if (this.#response === undefined || this.#outgoing === undefined) return;
    const { request, destination, transport } = this.#outgoing;
    const bytes = serializeMessage(acknowledgementOfFailure(request, this.#response));
    this.#context.transport.send(bytes, destination, transport).catch((error: unknown) => {
      this.#context.log?.debug({ error, branch: this.#branch }, 'ACK not sent');
    });
  }
}
