import { HeaderFields, cseq, responseTo, serializeMessage, topVia } from '@restante/sip';
import type { SipMessage, SipRequest, SipResponse } from '@restante/sip';
import { openTcpLine, openUdpLine } from './line.ts';
import type { Answer, Line } from './line.ts';

type Handler = (request: SipRequest) => { readonly status: number };

const retransmissionMilliseconds = 150;

/** One SIP client: its requests are repeated until they are answered, its answers are given to every copy alike. */
export class Peer {
  readonly user: string;
  readonly #handle: Handler;
  readonly #open = new Map<string, (response: SipResponse) => void>();
  /** Answers by branch and method, for retransmissions (RFC 3261 section 17.2). */
  readonly #answered = new Map<string, Uint8Array>();
  /** ACKs to repeat for repeated 2xx (RFC 3261 section 13.2.2.4), by Call-ID. */
  readonly #acknowledged = new Map<string, Uint8Array>();
  #line: Line | undefined;
  #number = 0;

  constructor(user: string, handle: Handler) {
    this.user = user;
    this.#handle = handle;
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
    const bytes = this.#answered.get(key) ?? this.#answer(message);
    this.#answered.set(key, bytes);
    answer(bytes);
  }

  #answer(request: SipRequest): Uint8Array {
    const { status } = this.#handle(request);
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
