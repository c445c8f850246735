import assert from 'node:assert/strict';
import {
  acceptContactFor,
  composeCpim,
  notificationMediaType,
  type CpimMessageDraft,
  type DeferredNotification,
  serializeDeferredNotification,
} from '@restante/cpm';
import {
  type Flow,
  HeaderFields,
  noBody,
  parseMessage,
  responseTo,
  type ResponseOptions,
  serializeMessage,
  type SipRequest,
  type SipResponse,
  topVia,
  validateMessage,
} from '@restante/sip';
import { type ClientPlatform, CpmClient, type CpmClientOptions } from '../src/index.ts';
import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { MemoryNetwork, type MemoryTransport } from '../../../test/support/memory-network.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';

export const managementUri = 'sip:x7k2p9@pf.example.com';
export const user = 'sip:bob@example.com';

/** What the server answers: a status, a status with more, or nothing at all. */
export type Answer = number | (ResponseOptions & { readonly status: number }) | undefined;

/** A server of a few lines: keeps what it was sent and answers as the test says. It knows no transactions. */
export class ScriptedServer {
  readonly requests: SipRequest[] = [];
  /** By method; called with every request but ACK. */
  readonly answers = new Map<string, (request: SipRequest) => Answer | Promise<Answer>>();
  readonly #transport: MemoryTransport;
  readonly #expected: { readonly method: string; readonly resolve: (request: SipRequest) => void }[] = [];
  readonly #unclaimed: SipRequest[] = [];
  readonly #pending = new Map<string, (response: SipResponse) => void>();
  #flow: Flow | undefined;
  #branches = 0;

  constructor(transport: MemoryTransport) {
    this.#transport = transport;
    transport.start({
      received: (bytes, flow) => void this.#received(bytes, flow),
      oversized() {},
      dropped() {},
      closed() {},
    });
    this.answers.set('REGISTER', registered);
    this.answers.set('INVITE', accepted);
    this.answers.set('MESSAGE', () => 202);
  }

  /** The next request of this method that no one has waited for yet. */
  next(method: string): Promise<SipRequest> {
    const at = this.#unclaimed.findIndex((request) => request.method === method);
    const [request] = at === -1 ? [] : this.#unclaimed.splice(at, 1);
    if (request) return Promise.resolve(request);
    return new Promise((resolve) => this.#expected.push({ method, resolve }));
  }

  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }

  /** Sends a request to the client and resolves with its final answer. */
  ask(
    method: string,
    headers: Iterable<readonly [string, string]>,
    body: Uint8Array = noBody,
  ): Promise<SipResponse> {
    this.#branches += 1;
    const branch = `z9hG4bK-server-${this.#branches}`;
    const { host, port } = this.#transport.local;
    const given = HeaderFields.of(headers);
    const defaults: readonly (readonly [string, string])[] = [
      ['Via', `SIP/2.0/TCP ${host}:${port};branch=${branch}`],
      ['Max-Forwards', '70'],
      ['From', `<sip:alice@example.com>;tag=s${this.#branches}`],
      ['To', `<${user}>`],
      ['Call-ID', `server-${this.#branches}`],
      ['CSeq', `1 ${method}`],
    ];
    const rows = [...defaults.filter(([name]) => !given.has(name)), ...given];
    const request: SipRequest = { kind: 'request', method, uri: user, headers: HeaderFields.of(rows), body };
    const answer = new Promise<SipResponse>((resolve) => this.#pending.set(branch, resolve));
    void this.#transport.send(serializeMessage(request), { protocol: 'TCP', ...this.#clientAddress() });
    return answer;
  }

  /** A notification as the Participating Function sends it. */
  notify(
    document: Partial<DeferredNotification>,
    headers: Iterable<readonly [string, string]> = [['P-Asserted-Identity', `<${managementUri}>`]],
  ): Promise<SipResponse> {
    const messages = document.messages ?? [];
    const body = serializeDeferredNotification({
      number: messages.length,
      event: 'waiting',
      ...document,
      messages,
    });
    const tag: readonly [string, string] = ['Accept-Contact', acceptContactFor('systemmsg')];
    return this.ask('MESSAGE', [...headers, tag, ['Content-Type', notificationMediaType]], body);
  }

  /** A deferred message as the Participating Function delivers it. */
  deliver(
    draft: Partial<CpimMessageDraft>,
    headers: Iterable<readonly [string, string]> = [],
  ): Promise<SipResponse> {
    const body = composeCpim({
      from: { uri: 'sip:alice@example.com' },
      to: { uri: user },
      date: Date.UTC(2026, 2, 1, 8),
      messageId: 'm1',
      contentType: 'text/plain;charset=UTF-8',
      body: new TextEncoder().encode('Lunch at noon?'),
      ...draft,
    });
    const tag: readonly [string, string] = ['Accept-Contact', acceptContactFor('deferred')];
    return this.ask('MESSAGE', [tag, ...headers, ['Content-Type', 'message/cpim']], body);
  }

  /** Breaks the connection to the client. */
  breakConnections(): void {
    this.#transport.breakConnections();
    this.#flow = undefined;
  }

  #clientAddress(): { readonly host: string; readonly port: number; readonly flowId?: string } {
    if (this.#flow) return { ...this.#flow.remote, flowId: this.#flow.id };
    return { host: '192.0.2.23', port: 5060 };
  }

  async #received(bytes: Uint8Array, flow: Flow): Promise<void> {
    const message = parseMessage(bytes);
    validateMessage(message);
    if (message.kind === 'response') {
      const branch = topVia(message).branch ?? '';
      if (message.status < 200) return;
      this.#pending.get(branch)?.(message);
      this.#pending.delete(branch);
      return;
    }
    this.#flow = flow;
    this.requests.push(message);
    const expected = this.#expected.findIndex(({ method }) => method === message.method);
    if (expected === -1) this.#unclaimed.push(message);
    else this.#expected.splice(expected, 1)[0]?.resolve(message);
    if (message.method === 'ACK') return;
    const answer = await (this.answers.get(message.method) ?? (() => 200))(message);
    if (answer === undefined) return;
    const { status, ...options } = typeof answer === 'number' ? { status: answer } : answer;
    const response = responseTo(message, status, { toTag: 'server', ...options });
    await this.#transport.send(serializeMessage(response), {
      protocol: 'TCP',
      ...flow.remote,
      flowId: flow.id,
    });
  }
}

/** A registrar that grants what is asked for. */
export function registered(request: SipRequest): Answer {
  const contact = request.headers.get('Contact') ?? '';
  const wanted = request.headers.get('Expires') ?? '3600';
  return { status: 200, headers: wanted === '0' ? [] : [['Contact', contact]] };
}

function accepted(): Answer {
  const sdp =
    'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=message 2855 TCP/MSRP *\r\na=sendonly\r\n';
  const headers: readonly (readonly [string, string])[] = [
    ['Contact', '<sip:192.0.2.1:5060;transport=tcp>'],
    ['Content-Type', 'application/sdp'],
  ];
  return { status: 200, headers, body: new TextEncoder().encode(sdp) };
}

/** A client, the server it talks to, and the time they share. */
export interface Scene extends AsyncDisposable {
  readonly client: CpmClient;
  readonly server: ScriptedServer;
  readonly clock: HandWoundClock;
  readonly network: MemoryNetwork;
}

/** `none` stands for a client to which no URI was provisioned. */
export type SceneOptions = Partial<CpmClientOptions>;

export function aScene({ deferredManagementUri = managementUri, ...options }: SceneOptions = {}): Scene {
  const clock = new HandWoundClock();
  const network = new MemoryNetwork();
  const server = new ScriptedServer(network.transport('TCP', '192.0.2.1', 5060));
  const platform: ClientPlatform = {
    transports: [network.transport('UDP', '192.0.2.23'), network.transport('TCP', '192.0.2.23')],
    clock,
    random: new SequenceRandom(),
    nameService: { naptr: async () => [], srv: async () => [], addresses: async () => [] },
  };
  const client = new CpmClient(
    {
      user,
      password: 'secret',
      server: 'sip:192.0.2.1:5060;transport=tcp',
      ...(deferredManagementUri !== 'none' && { deferredManagementUri }),
      instance: 'urn:uuid:2ad8950e-48a5-4a74-8d99-ad76cc7fc74d',
      ...options,
    },
    platform,
  );
  return {
    client,
    server,
    clock,
    network,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      assert.equal(clock.pending(), 0, 'a timer was left open');
    },
  };
}

/** The next value of a stream. */
export async function nextOf<T>(stream: AsyncIterable<T>): Promise<T> {
  for await (const value of stream) return value;
  throw new Error('the stream ended');
}
