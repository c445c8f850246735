import { HeaderFields, cseq, responseTo, serializeMessage, topVia } from '@restante/sip';
import type { SipMessage, SipRequest, SipResponse } from '@restante/sip';
import { openTcpLine, openUdpLine } from './line.ts';
import type { Answer, Line } from './line.ts';
import { pause } from './seeded-random.ts';

/** The status to answer with; undefined: the client is silent. */
type Handler = (request: SipRequest) => number | undefined;

const retransmissionMilliseconds = 100;

/** One SIP client: its requests are repeated until they are answered, its answers are given to every copy alike. */
export class Peer {
  readonly user: string;
  readonly #handle: Handler;
  readonly #read: () => void;
  readonly #open = new Map<string, (response: SipResponse) => void>();
  /** Answers by branch and method, for retransmissions (RFC 3261 section 17.2). */
  readonly #answered = new Map<string, Uint8Array | undefined>();
  /** ACKs to repeat for repeated 2xx (RFC 3261 section 13.2.2.4), by Call-ID. */
  readonly #acknowledged = new Map<string, Uint8Array>();
  #line: Line | undefined;
  #number = 0;

  /** `read` is called with every message that comes. */
  constructor(user: string, handle: Handler, read: () => void) {
    this.user = user;
    this.#handle = handle;
    this.#read = read;
  }

  async open(transport: 'UDP' | 'TCP', serverPort: number): Promise<void> {
    const openLine = transport === 'UDP' ? openUdpLine : openTcpLine;
    this.#line = await openLine(serverPort, (message, answer) => this.#received(message, answer));
  }

  close(): void {
    this.#line?.close();
  }

  get contact(): string {
    const { port, transport } = this.#lineNow();
    return `sip:${this.user}@127.0.0.1:${port};transport=${transport.toLowerCase()}`;
  }

  get transport(): 'UDP' | 'TCP' {
    return this.#lineNow().transport;
  }

  get address(): string {
    return `sip:${this.user}@example.com`;
  }

  name(purpose: string): string {
    this.#number += 1;
    return `${purpose}-${this.user}-${this.#number}`;
  }

  /** The final response; undefined when there is none in time, whatever became of the request. */
  async request(
    method: string,
    uri: string,
    headers: readonly (readonly [string, string])[],
    body: Uint8Array,
    milliseconds: number,
  ): Promise<SipResponse | undefined> {
    const callId = this.name('call');
    const request: SipRequest = {
      kind: 'request',
      method,
      uri,
      headers: HeaderFields.of([
        ['Via', this.#via(callId)],
        ['Max-Forwards', '70'],
        ['From', `<${this.address}>;tag=${callId}`],
        ['To', `<${method === 'REGISTER' ? this.address : uri}>`],
        ['Call-ID', callId],
        ['CSeq', `1 ${method}`],
        ['P-Asserted-Identity', `<${this.address}>`],
        ...headers,
      ]),
      body,
    };
    const response = await this.#transact(request, milliseconds);
    if (method === 'INVITE' && response !== undefined) this.#acknowledge(request, response);
    return response;
  }

  /** RFC 3261 section 10: until it is accepted, or `given up` says so. */
  async register(seconds: number, features: string, givenUp: () => boolean): Promise<void> {
    const contact = `<${this.contact}>;expires=${seconds};+sip.instance="<urn:uuid:${this.user}>";${features}`;
    const headers = [['Contact', contact]] as const;
    for (let tries = 0; !givenUp() || tries < 3; tries += 1) {
      const response = await this.request('REGISTER', 'sip:example.com', headers, new Uint8Array(), 10_000);
      if (response?.status === 200) return;
      await pause(200);
    }
  }

  #transact(request: SipRequest, milliseconds: number): Promise<SipResponse | undefined> {
    const bytes = serializeMessage(request);
    const key = keyOf(request);
    const line = this.#lineNow();
    return new Promise((resolve) => {
      const finish = (response: SipResponse | undefined): void => {
        clearInterval(again);
        clearTimeout(limit);
        this.#open.delete(key);
        resolve(response);
      };
      // On a stream a copy goes out only where the connection may have died with the server.
      const pace = retransmissionMilliseconds * (line.transport === 'UDP' ? 1 : 5);
      const again = setInterval(() => line.send(bytes), pace);
      const limit = setTimeout(() => finish(undefined), milliseconds);
      this.#open.set(key, finish);
      line.send(bytes);
    });
  }

  /** RFC 3261 section 13.2.2.4, 17.1.1.3: the ACK, and for a 2xx the BYE. */
  #acknowledge(invite: SipRequest, response: SipResponse): void {
    const { headers } = invite;
    const ok = response.status < 300;
    const callId = headers.get('Call-ID') ?? '';
    const contact = /<([^>]+)>/.exec(response.headers.get('Contact') ?? '')?.[1];
    const uri = ok ? (contact ?? invite.uri) : invite.uri;
    const to = response.headers.get('To') ?? '';
    const within = (method: string, sequence: number, via: string): SipRequest => ({
      kind: 'request',
      method,
      uri,
      headers: HeaderFields.of([
        ['Via', via],
        ['Max-Forwards', '70'],
        ['From', headers.get('From') ?? ''],
        ['To', to],
        ['Call-ID', callId],
        ['CSeq', `${sequence} ${method}`],
      ]),
      body: new Uint8Array(),
    });
    const via = ok ? this.#via(`${callId}-ack`) : (headers.get('Via') ?? '');
    const ack = serializeMessage(within('ACK', 1, via));
    this.#acknowledged.set(callId, ack);
    this.#lineNow().send(ack);
    if (ok) void this.#transact(within('BYE', 2, this.#via(`${callId}-bye`)), 1500);
  }

  #received(message: SipMessage, answer: Answer): void {
    this.#read();
    if (message.kind === 'response') {
      if (message.status < 200) return;
      const finish = this.#open.get(keyOf(message));
      const ack = this.#acknowledged.get(message.headers.get('Call-ID') ?? '');
      if (finish !== undefined) finish(message);
      else if (ack !== undefined && cseq(message).method === 'INVITE') this.#lineNow().send(ack);
      return;
    }
    if (message.method === 'ACK') return;
    const key = keyOf(message);
    if (!this.#answered.has(key)) this.#answered.set(key, this.#answer(message));
    const bytes = this.#answered.get(key);
    if (bytes !== undefined) answer(bytes);
  }

  #answer(request: SipRequest): Uint8Array | undefined {
    const status = this.#handle(request);
    if (status === undefined) return undefined;
    return serializeMessage(responseTo(request, status, { toTag: this.name('tag') }));
  }

  #via(branch: string): string {
    const { transport, port } = this.#lineNow();
    return `SIP/2.0/${transport} 127.0.0.1:${port};branch=z9hG4bK-${branch};rport`;
  }

  #lineNow(): Line {
    if (this.#line === undefined) throw new Error(`${this.user} has no line`);
    return this.#line;
  }
}

function keyOf(message: SipMessage): string {
  return `${topVia(message).branch ?? ''} ${cseq(message).method}`;
}
