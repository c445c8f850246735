import { hasService, releaseVersion, writePullList } from '@restante/cpm';
import type { PullAction } from '@restante/cpm';
import { acceptContacts, ha1, HeaderFields, noBody, responseTo, UserAgentCore } from '@restante/sip';
import type {
  IncomingRequest,
  NameService,
  SendOptions,
  SipLog,
  SipRequest,
  SipResponse,
} from '@restante/sip';
import { Disposals } from '../../../../test/support/disposals.ts';
import { HandWoundClock, settle } from '../../../../test/support/hand-wound-clock.ts';
import { MemoryNetwork } from '../../../../test/support/memory-network.ts';
import { SequenceRandom } from '../../../../test/support/sequence-random.ts';
import { DigestAuthentication } from '../../src/participating-function/authentication.ts';
import { PullMode } from '../../src/participating-function/deferred/pull-mode.ts';
import { MessageDelivery } from '../../src/participating-function/message-delivery.ts';
import { MessageHandler } from '../../src/participating-function/message-handler.ts';
import {
  participatingFunction,
  supportedExtensions,
} from '../../src/participating-function/participating-function.ts';
import { StoreUnavailable } from '../../src/participating-function/ports.ts';
import type { Store } from '../../src/participating-function/ports.ts';
import { RegistrationTable } from '../../src/participating-function/registered-clients.ts';
import { Registrar } from '../../src/participating-function/registrar.ts';
import { LaneRequestSender } from '../../src/participating-function/request-sender.ts';
import { Requester } from '../../src/participating-function/requester.ts';
import type { ParticipatingFunctionSettings } from '../../src/participating-function/settings.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { cpmFeatures, settings as usual, userAt } from './deferred/values.ts';
import { cpim, deferredTag, msgTag } from './requests.ts';

export const serverHost = '192.0.2.100';
const encoder = new TextEncoder();
const nowhere: NameService = { naptr: async () => [], srv: async () => [], addresses: async () => [] };

export interface DeploymentOptions {
  readonly settings?: Partial<ParticipatingFunctionSettings>;
  /** The disk is full: nothing more is taken. */
  readonly full?: boolean;
}

const diskFull = () => Promise.reject(new StoreUnavailable('disk full'));

/** The Participating Function with all its parts, and peers, on a network in memory. */
export class Deployment implements AsyncDisposable {
  readonly clock = new HandWoundClock();
  readonly network = new MemoryNetwork();
  readonly random = new SequenceRandom(7);
  readonly store: Store;
  readonly complaints: string[] = [];
  readonly #settings: ParticipatingFunctionSettings;
  readonly #stack = new Disposals();
  #server: Disposals | undefined;

  readonly #full: boolean;

  private constructor(store: Store, { settings = {}, full = false }: DeploymentOptions) {
    this.#full = full;
    this.#settings = {
      ...usual,
      acceptedTypes: ['message/cpim'],
      isTrusted: (host) => host.startsWith('192.0.2.'),
      ...settings,
    };
    this.store = store;
  }

  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const deployment = new Deployment(openMemoryStore(), options);
    await deployment.startServer();
    return deployment;
  }

  async startServer(): Promise<void> {
    const server = (this.#server = new Disposals());
    const { clock, random, store } = this;
    const settings = this.#settings;
    const log = this.#log();
    const transports = (['UDP', 'TCP'] as const).map((protocol) =>
      this.network.transport(protocol, serverHost),
    );
    const core = new UserAgentCore({
      transports,
      clock,
      random,
      log,
      nameService: nowhere,
      userAgent: releaseVersion.server,
      supported: supportedExtensions,
    });
    const common = { settings, clock, random, log };
    const { accounts } = store;
    const registrations = this.#full ? { load: async () => [], save: diskFull } : store.registrations;
    const queue = this.#full ? { enqueue: diskFull } : store.queue;
    const isFlowOpen = (id: string) => transports.some((transport) => transport.isOpen(id));
    const clients = new RegistrationTable({ registrations, settings, isFlowOpen });
    await clients.load(clock.now());
    const requester = new Requester({
      authentication: new DigestAuthentication({ ...common, accounts }),
      settings,
    });
    const sender = new LaneRequestSender(core);
    const delivery = new MessageDelivery({ sender, settings });
    const contact = ({ protocol }: { protocol: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS' }) =>
      core.contact(protocol);
    const pullMode = new PullMode({ ...common, store, clients, requester, sender, delivery, contact });
    const { notifier, dispositions, expiry, pulls } = pullMode;
    const registrar = new Registrar({ ...common, requester, clients, notifier, dispositions });
    const messages = new MessageHandler({
      ...common,
      ...store,
      queue,
      requester,
      clients,
      delivery,
      notifier,
      expiry,
    });
    core.handle(participatingFunction({ registrar, messages, pulls, settings }));
    server.use(core);
    server.use(pullMode);
    await pullMode.resume();
  }

  async stopServer(): Promise<void> {
    await this.#server?.disposeAsync();
    this.#server = undefined;
  }

  peer(name: string, host: string): Peer {
    const { clock, random, network } = this;
    const transports = (['UDP', 'TCP'] as const).map((protocol) => network.transport(protocol, host));
    const peer = new Peer(name, host, new UserAgentCore({ transports, clock, random, nameService: nowhere }));
    this.#stack.use(peer);
    return peer;
  }

  /** A user who can authenticate. */
  async account(username: string, password: string): Promise<void> {
    const realm = this.#settings.domain;
    await this.store.accounts.put({
      user: userAt(`sip:${username}@${realm}`),
      username,
      realm,
      ha1Md5: ha1(username, realm, password, 'MD5'),
      ha1Sha256: ha1(username, realm, password, 'SHA-256'),
    });
  }

  /** Lets what is ready happen, without a tick of the clock. */
  async settle(turns = 20): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopServer();
    await this.#stack.disposeAsync();
    await this.store[Symbol.asyncDispose]();
  }

  #log(): SipLog {
    const complain = (_facts: object, sentence: string) => void this.complaints.push(sentence);
    return { debug: () => {}, info: () => {}, warn: complain, error: complain };
  }
}

type Rows = Readonly<Record<string, string | readonly string[]>>;

/** A foreign SIP user agent: it registers, sends, and answers every MESSAGE with `answer`. */
export class Peer implements AsyncDisposable {
  readonly received: SipRequest[] = [];
  /** Status of the answer to each MESSAGE; undefined: none, for now. */
  answer: (request: SipRequest) => number | undefined = () => 200;
  readonly unanswered: IncomingRequest[] = [];
  readonly address: string;
  readonly #core: UserAgentCore;
  readonly #name: string;
  #sequence = 0;

  constructor(name: string, host: string, core: UserAgentCore) {
    this.#name = name;
    this.#core = core;
    this.address = `sip:${name}@${host}:5060`;
    core.handle({ MESSAGE: (incoming) => this.#take(incoming) });
  }

  get uri(): string {
    return `sip:${this.#name}@example.com`;
  }

  /** Standalone messages, without notifications. */
  get messages(): readonly SipRequest[] {
    return this.received.filter((request) => !isNotification(request));
  }

  get notifications(): readonly SipRequest[] {
    return this.received.filter(isNotification);
  }

  register(rows: Rows = {}, options: SendOptions = {}): Promise<SipResponse> {
    // A challenge that is answered uses the next numbers.
    this.#sequence += 10;
    return this.send('REGISTER', 'sip:example.com', {
      options,
      headers: {
        To: `<${this.uri}>`,
        'Call-ID': `register-${this.#name}`,
        CSeq: `${this.#sequence} REGISTER`,
        Contact: `<${this.address}>;+sip.instance="<urn:uuid:${this.#name}>";${cpmFeatures}`,
        ...rows,
      },
    });
  }

  message(
    to: string,
    {
      body = cpim(),
      headers = {},
      options = {},
    }: { body?: string; headers?: Rows; options?: SendOptions } = {},
  ): Promise<SipResponse> {
    const rows = {
      'Content-Type': 'message/cpim',
      'Accept-Contact': `*;${msgTag}`,
      'P-Asserted-Identity': `<${this.uri}>`,
      ...headers,
    };
    return this.send('MESSAGE', to, { body, headers: rows, options });
  }

  send(
    method: string,
    uri: string,
    { body = '', headers = {}, options = {} }: { body?: string; headers?: Rows; options?: SendOptions } = {},
  ): Promise<SipResponse> {
    const rows: Rows = { From: `<${this.uri}>;tag=${this.#name}`, To: `<${uri}>`, ...headers };
    const fields = Object.entries(rows).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    );
    const request: SipRequest = {
      kind: 'request',
      method,
      uri,
      headers: HeaderFields.of(fields.filter(([, value]) => value !== '')),
      body: body === '' ? noBody : encoder.encode(body),
    };
    return this.#core.send(request, {
      destination: { protocol: 'UDP', host: serverHost, port: 5060 },
      ...options,
    });
  }

  /** One pull: INVITE, and on 200 ACK and BYE. `entries`: what the list says; without it everything is asked for. */
  async pull(managementUri: string, entries?: Readonly<Record<string, PullAction>>): Promise<SipResponse> {
    const { type, body } = pullBody(entries);
    const headers = HeaderFields.of([
      ['From', `<${this.uri}>;tag=pull`],
      ['To', `<${managementUri}>`],
      ['Contact', `<${this.address}>;+sip.instance="<urn:uuid:${this.#name}>";${deferredTag}`],
      ['Accept-Contact', `*;${deferredTag}`],
      ['P-Asserted-Identity', `<${this.uri}>`],
      ...(entries === undefined ? [] : [['Require', 'recipient-list-invite'] as const]),
      ['Content-Type', type],
    ]);
    const request: SipRequest = {
      kind: 'request',
      method: 'INVITE',
      uri: managementUri,
      headers,
      body: encoder.encode(body),
    };
    const { response, session } = await this.#core.invite(request, { destination: server });
    session?.ack();
    await session?.bye();
    return response;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#core.close();
  }

  #take(incoming: IncomingRequest): void {
    this.received.push(incoming.request);
    const status = this.answer(incoming.request);
    if (status === undefined) this.unanswered.push(incoming);
    else incoming.respond(responseTo(incoming.request, status));
  }
}

const server = { protocol: 'UDP', host: serverHost, port: 5060 } as const;

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.2',
  's=-',
  'c=IN IP4 192.0.2.2',
  't=0 0',
  'm=message 9 TCP/MSRP *',
  'a=path:msrp://192.0.2.2:9/p4;tcp',
  'a=setup:active',
  'a=accept-types:message/cpim',
  'a=recvonly',
  '',
].join('\r\n');

const part = (headers: string, body: string): string => `--bd1\r\n${headers}\r\n\r\n${body}\r\n`;

function pullBody(entries: Readonly<Record<string, PullAction>> | undefined): { type: string; body: string } {
  if (entries === undefined) return { type: 'application/sdp', body: offer };
  const list = new TextDecoder().decode(
    writePullList(Object.entries(entries).map(([uri, action]) => ({ uri, action }))),
  );
  const resources = 'Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list';
  const body = `${part('Content-Type: application/sdp', offer)}${part(resources, list)}--bd1--\r\n`;
  return { type: 'multipart/mixed;boundary=bd1', body };
}

function isNotification(request: SipRequest): boolean {
  return acceptContacts(request).some(({ features }) => hasService(features, 'systemmsg'));
}
