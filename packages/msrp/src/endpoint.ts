import type { Clock, Endpoint, Random } from '@restante/sip';
import type { BodyReceiver, HopLimits } from './hop.ts';
import { Hop } from './hop.ts';
import { sessionIdentifier } from './identifiers.ts';
import type { ReceptionSettings } from './reception.ts';
import type { MsrpConnection, MsrpDestination, MsrpTransport } from './ports.ts';
import type { MsrpRequest } from './protocol/message.ts';
import type { MsrpPath } from './protocol/uri.ts';
import { firstOf, msrpUri } from './protocol/uri.ts';
import { destinationOf } from './remote-destination.ts';
import type { SendingDefaults } from './sending.ts';
import { MsrpSession } from './session.ts';
import type { MessageHandler } from './sink.ts';

/** Bounds of what peers may have us keep; all have defaults. */
export interface MsrpLimits extends HopLimits, ReceptionSettings {
  /** How long an accepted connection may take until a session uses it. */
  readonly firstRequestTimeoutMs: number;
}

export const defaultMsrpLimits: MsrpLimits = {
  maxMessageBytes: 100 * 1024 * 1024,
  maxMessages: 16,
  maxSpans: 1024,
  maxHeadBytes: 8 * 1024,
  maxHeldBytes: 256 * 1024,
  maxControlBytes: 1024 * 1024,
  firstRequestTimeoutMs: 30_000,
};

/** What an endpoint is made of. */
export interface MsrpEndpointOptions {
  readonly transports: readonly MsrpTransport[];
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<MsrpLimits>;
  readonly sending?: Partial<SendingDefaults>;
}

/** What a session begins with. */
export interface SessionOptions {
  readonly onMessage: MessageHandler;
  /** Default: the endpoint's first transport. */
  readonly protocol?: 'TCP' | 'TLS';
  /**
   * What the peer is to connect to; default: where the transport listens, which has to be given where that is every
   * address of the machine. Port 9 where nothing is accepted (RFC 6135).
   */
  readonly address?: Endpoint;
  /** Our own relays as a=path lists them, the outermost first (RFC 4976). */
  readonly relays?: MsrpPath;
  readonly limits?: Partial<ReceptionSettings>;
}

const defaultSending: SendingDefaults = {
  chunkBytes: 32 * 1024,
  relayedChunkBytes: 8 * 1024,
  blockBytes: 64 * 1024,
  windowBytes: 4 * 1024 * 1024,
};

const discardPort = 9;
/** Only the path is known. */
const unknownMedia = { fingerprint: undefined, hasCema: false, address: undefined, port: 0 };

/** Sessions on shared listening points and connections. */
export class MsrpEndpoint {
  readonly #options: MsrpEndpointOptions;
  readonly #limits: MsrpLimits;
  readonly #sessions = new Map<string, MsrpSession>();
  readonly #hops = new Set<Hop>();
  /** Connections that we opened, by where they lead. */
  readonly #dialled = new Map<string, Promise<Hop>>();
  #isClosed = false;

  constructor(options: MsrpEndpointOptions) {
    this.#options = options;
    this.#limits = { ...defaultMsrpLimits, ...options.limits };
    for (const transport of options.transports) transport.start((connection) => this.#accept(connection));
  }

  /** How many sessions there are. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#hops.size;
  }

  /** A session that the peer can be told of; it is known under its URI from now on. */
  createSession(options: SessionOptions): MsrpSession {
    if (this.#isClosed) throw new Error('the endpoint is closed');
    const { clock, random, sending } = this.#options;
    const transport = this.#transport(options.protocol);
    const { host, port } = options.address ?? transport.local;
    const own = msrpUri({
      scheme: transport.protocol === 'TLS' ? 'msrps' : 'msrp',
      host,
      port: port === 0 ? discardPort : port,
      sessionId: sessionIdentifier(random),
    });
    const session = new MsrpSession({
      ...{ clock, random, onMessage: options.onMessage },
      localPath: [...(options.relays ?? []), own],
      reception: { ...this.#limits, ...options.limits },
      sending: { ...defaultSending, ...sending },
      connect: (path, destination) => this.#connect(path, destination),
      forget: ({ id }) => this.#sessions.delete(id),
    });
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Ends every session and connection, and the transports. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const session of this.#sessions.values()) session.close();
    for (const hop of this.#hops) hop.close();
    await Promise.all(this.#options.transports.map((transport) => transport.close()));
  }

  #transport(protocol: 'TCP' | 'TLS' | undefined): MsrpTransport {
    const { transports } = this.#options;
    const found = transports.find((transport) => protocol === undefined || transport.protocol === protocol);
    if (found === undefined) throw new Error(`no transport for ${protocol ?? 'MSRP'}`);
    return found;
  }

  #accept(connection: MsrpConnection): void {
    if (this.#isClosed) return connection.destroy();
    const hop = this.#adopt(connection, () => timer.cancel());
    const timer = this.#options.clock.after(this.#limits.firstRequestTimeoutMs, () => {
      if (!hop.isUsed) hop.close();
    });
  }

  #adopt(connection: MsrpConnection, gone: () => void = () => {}): Hop {
    const hop: Hop = new Hop(connection, {
      limits: this.#limits,
      clock: this.#options.clock,
      route: (request, from) => this.#route(request, from),
      forget: () => {
        this.#hops.delete(hop);
        gone();
      },
    });
    this.#hops.add(hop);
    return hop;
  }

  /** RFC 4975 section 5.4: a connection to the same next hop is used again. */
  async #connect(path: MsrpPath, given: MsrpDestination | undefined): Promise<Hop> {
    const destination = given ?? destinationOf({ path, ...unknownMedia });
    const { protocol, host, port, serverName = '', fingerprint = '' } = destination;
    const key = [protocol, host, port, serverName, fingerprint].join('|');
    const pending = this.#dialled.get(key);
    const known = pending && (await pending);
    if (known?.isOpen === true) return known;
    const dialled = this.#dial(destination, () => {
      if (this.#dialled.get(key) === dialled) this.#dialled.delete(key);
    });
    this.#dialled.set(key, dialled);
    return dialled;
  }

  async #dial(destination: MsrpDestination, gone: () => void): Promise<Hop> {
    try {
      const connection = await this.#transport(destination.protocol).connect(destination);
      const hop = this.#adopt(connection, gone);
      if (this.#isClosed) hop.close();
      return hop;
    } catch (error) {
      gone();
      throw error;
    }
  }

  #route(request: MsrpRequest, hop: Hop): BodyReceiver | undefined {
    const { method, toPath } = request;
    const status = this.#refusalOf(request);
    const session = this.#sessions.get(firstOf(toPath).sessionId);
    if (status === undefined && session !== undefined) return session.receive(request, hop);
    if (method === 'REPORT') return undefined;
    if (status === undefined) hop.countUnknownSession();
    // RFC 4975 section 10.8: also for a session that was there once.
    if (request.failureReport !== 'no') hop.respond(request, status ?? 481);
    return undefined;
  }

  #refusalOf({ method, toPath }: MsrpRequest): number | undefined {
    if (method !== 'SEND' && method !== 'REPORT') return 501;
    // We are no relay.
    return toPath.length > 1 ? 403 : undefined;
  }
}
