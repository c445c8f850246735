import type { SipRequest, SipResponse } from './protocol/message.ts';
import { nameAddress } from './protocol/name-address.ts';
import type { ClientInviteResult } from './client-invite.ts';
import type { SendOptions } from './client-options.ts';
import { DialogTable } from './dialog-table.ts';
import { ClientAuthenticator } from './digest-authentication.ts';
import { locateSentBy } from './locate.ts';
import type { LocateOptions } from './locate.ts';
import { OwnContact } from './own-contact.ts';
import { RequestPreparation } from './outgoing-request.ts';
import type { TransportProtocol } from './ports.ts';
import { RequestSender } from './request-sender.ts';
import { Tokens } from './tokens.ts';
import { TransportLayer } from './transport-layer.ts';
import type { TransportCounters } from './transport-layer.ts';
import { TimerQueues } from './transaction/timer-queues.ts';
import { defaultTimers } from './transaction/timers.ts';
import type { TimerSettings } from './transaction/timers.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import { UserAgentClient } from './user-agent-client.ts';
import type { HandleOptions, UserAgentCoreOptions } from './user-agent-options.ts';
import { UserAgentServer } from './user-agent-server.ts';
import type { Routes } from './user-agent-server.ts';

const defaultServerTransactions = 500_000;
const defaultRetryAfterSeconds = 5;

/** What a user agent counts, and what is alive in it. */
export interface UserAgentCounters extends Readonly<TransportCounters> {
  readonly retransmissions: number;
  readonly strayResponses: number;
  readonly refusedForLoad: number;
  readonly clientTransactions: number;
  readonly serverTransactions: number;
  readonly dialogs: number;
}

/** RFC 3261 section 8: a user agent, client and server in one, over any transports. */
export class UserAgentCore implements AsyncDisposable {
  readonly #options: UserAgentCoreOptions;
  readonly #timers: TimerQueues;
  readonly #settings: TimerSettings;
  readonly #tokens: Tokens;
  readonly #dialogs = new DialogTable();
  readonly #transport: TransportLayer;
  readonly #preparation: RequestPreparation;
  readonly #contact: OwnContact;
  readonly #transactions: TransactionLayer;
  readonly #server: UserAgentServer;
  readonly #client: UserAgentClient;

  /** Starts to listen at once; requests that come before `handle` get 405. */
  constructor(options: UserAgentCoreOptions) {
    this.#options = options;
    this.#timers = new TimerQueues(options.clock);
    this.#settings = { ...defaultTimers, ...options.timers };
    this.#tokens = new Tokens(options.random);
    const locating = locateOptions(options);
    this.#transport = this.#makeTransportLayer(locating);
    const { transports, clock, publicHost, contactUser, limits } = options;
    const maxDatagramBytes = limits?.datagramBytes;
    this.#preparation = new RequestPreparation({ transports, clock, publicHost, maxDatagramBytes });
    this.#contact = new OwnContact({ transports, preparation: this.#preparation, user: contactUser });
    this.#server = this.#makeServer();
    this.#transactions = this.#makeTransactionLayer();
    this.#client = this.#makeClient(locating);
    this.#server.transactions = this.#transactions;
    this.#transport.start(this.#transactions);
  }

  /**
   * The handlers by method; Allow is their list, with ACK, CANCEL and BYE where INVITE is among them, and OPTIONS, which
   * is answered here unless it has a handler. Before a handler runs the request has passed RFC 3261 section 8.2.
   */
  handle(routes: Routes, options: HandleOptions = {}): void {
    this.#server.handle(routes, options);
  }

  /**
   * Sends any request but INVITE, ACK and CANCEL, and resolves with its final response, of whatever class. Via, Max-Forwards, To,
   * From tag, Call-ID, CSeq and User-Agent are filled where they are missing. Rejects with RequestTimeout,
   * TransportFailure, or the reason of the signal.
   */
  send(request: SipRequest, options: SendOptions = {}): Promise<SipResponse> {
    return this.#client.send(request, options);
  }

  /**
   * Sends an INVITE and resolves with its final response; with 2xx there is a session whose `ack` the caller calls.
   * Aborting cancels it; an answer that is faster than the CANCEL is acknowledged and ended by BYE.
   */
  invite(request: SipRequest, options: SendOptions = {}): Promise<ClientInviteResult> {
    return this.#client.invite(request, options);
  }

  /** Our own Contact value by the first transport of this protocol (and family); throws a RangeError where there is none. */
  contact(protocol: TransportProtocol, family?: 4 | 6): string {
    const transport = this.#options.transports.find(
      (candidate) => candidate.protocol === protocol && (family === undefined || candidate.family === family),
    );
    if (transport === undefined) throw new RangeError(`no ${protocol} transport`);
    return this.#contact.by(transport);
  }

  get counters(): UserAgentCounters {
    const { clients, servers } = this.#transactions.size;
    return {
      ...this.#transport.counters,
      ...this.#transactions.counters,
      clientTransactions: clients,
      serverTransactions: servers,
      dialogs: this.#dialogs.size,
    };
  }

  /** Ends every dialog and transaction without a word to the peers, then closes the transports. No timer stays. */
  async close(): Promise<void> {
    this.#dialogs.close();
    this.#transactions.close();
    await this.#transport.close();
    this.#timers.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #makeTransportLayer(locating: LocateOptions): TransportLayer {
    const { transports, trace, log } = this.#options;
    return new TransportLayer({
      transports,
      trace,
      log,
      statelessTag: this.#tokens.next(),
      locateSentBy: (sentBy, { protocol }) => collect(locateSentBy(sentBy, protocol, locating)),
    });
  }

  #makeServer(): UserAgentServer {
    const { userAgent, supported = [], log } = this.#options;
    return new UserAgentServer({
      userAgent,
      supported,
      log,
      timers: this.#timers,
      settings: this.#settings,
      dialogs: this.#dialogs,
      newTag: () => this.#tokens.next(6),
      contactFor: ({ transport, flow }) => this.#contact.by(transport, flow),
      send: (request, options) => this.#client.send(request, options),
    });
  }

  #makeTransactionLayer(): TransactionLayer {
    const { limits, admission, log } = this.#options;
    return new TransactionLayer(
      {
        transport: this.#transport,
        preparation: this.#preparation,
        timers: this.#timers,
        settings: this.#settings,
        tokens: this.#tokens,
        admission,
        log,
        maxServerTransactions: limits?.serverTransactions ?? defaultServerTransactions,
        retryAfterSeconds: limits?.retryAfterSeconds ?? defaultRetryAfterSeconds,
      },
      this.#server,
    );
  }

  #makeClient(locating: LocateOptions): UserAgentClient {
    const { transports, userAgent, supported = [], outboundProxy = [], log } = this.#options;
    const tokens = this.#tokens;
    const sender = new RequestSender({
      tokens,
      transports,
      locating,
      userAgent,
      supported,
      authenticator: new ClientAuthenticator(tokens),
      outboundProxy: outboundProxy.map((uri) => nameAddress(uri)),
    });
    return new UserAgentClient({
      transport: this.#transport,
      preparation: this.#preparation,
      transactions: this.#transactions,
      timers: this.#timers,
      dialogs: this.#dialogs,
      sender,
      tokens,
      log,
      t1: this.#settings.t1,
      contactFor: (destination) => this.#contact.towards(destination),
    });
  }
}

/** What the transports can reach decides what is looked up. */
function locateOptions({ nameService, random, transports }: UserAgentCoreOptions): LocateOptions {
  const reached = new Set(transports.map(({ protocol, family }) => `${protocol} ${family}`));
  return { nameService, random, supports: (protocol, family) => reached.has(`${protocol} ${family}`) };
}

async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
