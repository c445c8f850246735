import { responseTo } from './protocol/message.ts';
import type { SipRequest, SipResponse } from './protocol/message.ts';
import { inOnePiece } from './protocol/detach.ts';
import { callId, cseq, from, to } from './protocol/readers.ts';
import { tagOf } from './dialog.ts';
import type { DialogTable, SessionRequests } from './dialog-table.ts';
import { Invitation } from './incoming-invite.ts';
import type { InviteContext, InviteHandler } from './incoming-invite.ts';
import { Incoming, runHandler } from './incoming-request.ts';
import type { IncomingRequest, RequestHandler } from './incoming-request.ts';
import { checkRequest } from './request-checks.ts';
import type { AgentFacts } from './request-checks.ts';
import type { ServerSessionContext } from './server-session.ts';
import type { ServerTransaction } from './transaction/server-transaction.ts';
import type { TransactionLayer, TransactionUser } from './transaction/transaction-layer.ts';
import type { HandleOptions } from './user-agent-options.ts';

/** Handlers by method. */
export interface Routes {
  readonly INVITE?: InviteHandler;
  readonly [method: string]: RequestHandler | undefined;
}

export interface UserAgentServerOptions extends Omit<ServerSessionContext, 'run'> {
  readonly userAgent: string | undefined;
  readonly supported: readonly string[];
  readonly dialogs: DialogTable;
  newTag(): string;
  contactFor(transaction: ServerTransaction): string;
}

type Row = readonly [name: string, value: string];

const defaultSchemes = ['sip', 'sips', 'tel'];

/** RFC 3261 section 8.2: the checks in their order, then the handler for the method. */
export class UserAgentServer implements TransactionUser {
  /** Given after the transaction layer was made, which hands its requests to us. */
  transactions: TransactionLayer | undefined;
  readonly #options: UserAgentServerOptions;
  readonly #context: InviteContext;
  readonly #merging = new Set<string>();
  readonly #invitations = new Map<ServerTransaction, Invitation>();
  #routes: Routes = {};
  #facts: AgentFacts;

  constructor(options: UserAgentServerOptions) {
    this.#options = options;
    this.#context = {
      ...options,
      newTag: () => options.newTag(),
      contactFor: (transaction) => options.contactFor(transaction),
      send: (request, sending) => options.send(request, sending),
      abilities: () => this.#abilities(),
      settled: (transaction) => this.#invitations.delete(transaction),
      run: runSessionRequest,
    };
    this.#facts = this.#factsOf({}, {});
  }

  handle(routes: Routes, options: HandleOptions): void {
    this.#routes = routes;
    this.#facts = this.#factsOf(routes, options);
  }

  #factsOf(
    routes: Routes,
    { accept, requireSupported = [], schemes = defaultSchemes }: HandleOptions,
  ): AgentFacts {
    const session = routes.INVITE === undefined ? [] : ['ACK', 'CANCEL', 'BYE'];
    const allowed = [...new Set([...Object.keys(routes), ...session, 'OPTIONS'])];
    const supported = [...this.#options.supported, ...requireSupported].map((tag) => tag.toLowerCase());
    return { allowed, schemes, supported: new Set(supported), accept };
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    if (request.method === 'INVITE') return this.#invite(request, transaction);
    const incoming = new Incoming(request, transaction, this.#context);
    if (request.method === 'CANCEL') runHandler(this.#cancel, incoming);
    else if (this.#passes(incoming, transaction)) runHandler(this.#dispatch, incoming);
  }

  /** RFC 3261 section 13.3.1.4; an ACK outside a dialog is none of our business. */
  ack(request: SipRequest): void {
    this.#options.dialogs.find(request)?.acknowledged(request);
  }

  serverEnded(transaction: ServerTransaction): void {
    if (transaction.mergeKey !== undefined) this.#merging.delete(transaction.mergeKey);
    this.#invitations.delete(transaction);
  }

  answerForgotten(mergeKey: string | undefined): void {
    if (mergeKey !== undefined) this.#merging.delete(mergeKey);
  }

  #invite(request: SipRequest, transaction: ServerTransaction): void {
    const incoming = new Invitation(request, transaction, this.#context);
    if (!this.#passes(incoming, transaction)) return;
    const handler = this.#routes.INVITE;
    if (to(request).parameters.has('tag') || handler === undefined)
      return runHandler(this.#dispatch, incoming);
    this.#invitations.set(transaction, incoming);
    runHandler(handler, incoming);
  }

  /** False where the request was answered by a check. */
  #passes(incoming: Incoming, transaction: ServerTransaction): boolean {
    try {
      const { request } = incoming;
      const owner = this.#options.dialogs.find(request);
      const merged = !this.#isFirst(request, transaction);
      // A BYE without a session gets 481, whether INVITE is handled or not.
      const taken = owner?.methods.includes(request.method) ?? request.method === 'BYE';
      const rejection = checkRequest(request, this.#facts, { taken, merged, inDialog: owner !== undefined });
      if (rejection !== undefined) incoming.reject(rejection);
      return rejection === undefined;
    } catch (error) {
      incoming.fail(error);
      return false;
    }
  }

  /** RFC 3261 section 8.2.2.2: a request that came by two ways is handled once. */
  #isFirst(request: SipRequest, transaction: ServerTransaction): boolean {
    if (to(request).parameters.has('tag')) return true;
    const { sequence, method } = cseq(request);
    const key = inOnePiece(`${callId(request)} ${sequence} ${method} ${tagOf(from(request))}`);
    const others = this.#merging.size;
    if (this.#merging.add(key).size === others) return false;
    transaction.mergeKey = key;
    return true;
  }

  readonly #dispatch = (incoming: Incoming): void | Promise<void> => {
    const { request } = incoming;
    const owner = this.#options.dialogs.find(request);
    if (owner !== undefined) {
      owner.dialog.receive(request);
      if (owner.request(incoming)) return undefined;
    }
    const handler = this.#routes[request.method];
    if (handler !== undefined) return handler(incoming);
    if (request.method === 'OPTIONS') return incoming.respond(this.#capabilities(request));
    return incoming.respond(responseTo(request, request.method === 'BYE' ? 481 : 405));
  };

  /** RFC 3261 section 9.2. */
  readonly #cancel = (incoming: Incoming): void => {
    const { request } = incoming;
    const transaction = this.transactions?.cancelled(
      request,
      this.#facts.allowed.filter((method) => method !== 'CANCEL'),
    );
    if (transaction === undefined)
      return incoming.respond(responseTo(request, 481, { reason: 'No Transaction to Cancel' }));
    if (transaction === 'answered') return incoming.respond(responseTo(request, 200));
    const invitation = this.#invitations.get(transaction);
    const toTag = invitation?.toTag ?? transaction.toTag;
    incoming.respond(responseTo(request, 200, toTag === undefined ? {} : { toTag }));
    invitation?.cancel();
    return undefined;
  };

  /** RFC 3261 section 11.2. */
  #capabilities(request: SipRequest): SipResponse {
    const { accept } = this.#facts;
    const headers: Row[] = [
      ...this.#abilities(),
      ['Accept', accept === undefined ? '*/*' : accept.join(', ')],
      ['Accept-Encoding', 'identity'],
      ['Accept-Language', '*'],
    ];
    return responseTo(request, 200, { headers });
  }

  /** RFC 3261 sections 11.2 and 13.3.1.4: what answers to OPTIONS and INVITE tell of this user agent. */
  #abilities(): readonly Row[] {
    const { allowed, supported } = this.#facts;
    const rows: Row[] = [['Allow', allowed.join(', ')]];
    if (supported.size > 0) rows.push(['Supported', [...supported].join(', ')]);
    return rows;
  }
}

/** Runs the session's own handler for this method; false where it has none. */
function runSessionRequest(requests: SessionRequests, incoming: IncomingRequest): boolean {
  const handler = requests[incoming.request.method];
  if (handler === undefined || !(incoming instanceof Incoming)) return false;
  runHandler(handler, incoming);
  return true;
}
