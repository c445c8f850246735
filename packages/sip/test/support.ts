import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { MemoryNetwork } from '../../../test/support/memory-network.ts';
import type { MemoryTransport } from '../../../test/support/memory-network.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { HeaderFields } from '../src/protocol/header-fields.ts';
import { noBody } from '../src/protocol/message.ts';
import type { SipRequest } from '../src/protocol/message.ts';
import type { Flow, NameService, TransportProtocol } from '../src/ports.ts';
import { UserAgentCore } from '../src/user-agent-core.ts';
import type { UserAgentCoreOptions } from '../src/user-agent-options.ts';

/** Names that do not exist. */
export const noNames: NameService = {
  naptr: async () => [],
  srv: async () => [],
  addresses: async () => [],
};

/** A request with what the core does not fill. */
export function aRequest(
  method: string,
  uri: string,
  headers: readonly (readonly [string, string])[] = [],
  body: Uint8Array = noBody,
): SipRequest {
  const from = ['From', '<sip:alice@example.com>'] as const;
  const own = headers.some(([name]) => name === 'From') ? headers : [from, ...headers];
  return { kind: 'request', method, uri, headers: HeaderFields.of(own), body };
}

/** Cores on one network in memory, on one hand-wound clock. */
export class Bench implements AsyncDisposable {
  readonly clock = new HandWoundClock();
  readonly network = new MemoryNetwork();
  readonly #cores: UserAgentCore[] = [];

  /** A core that listens on port 5060 of this host by these protocols. */
  core(
    host: string,
    options: Partial<UserAgentCoreOptions> = {},
    protocols: readonly TransportProtocol[] = ['UDP'],
  ): UserAgentCore {
    const core = new UserAgentCore({
      transports: protocols.map((protocol) => this.network.transport(protocol, host)),
      clock: this.clock,
      random: new SequenceRandom(this.#cores.length + 1),
      nameService: noNames,
      ...options,
    });
    this.#cores.push(core);
    return core;
  }

  /** The first lines of what went over the network. */
  get lines(): readonly string[] {
    return this.network.packets.map(({ text }) => text.slice(0, text.indexOf('\r\n')));
  }

  /** Closes every core; throws where a timer is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const core of this.#cores) await core.close();
    if (this.clock.pending() > 0) throw new Error(`${this.clock.pending()} timers left open`);
  }
}

/** A peer that speaks raw SIP over the memory network. */
export class RawPeer {
  readonly received: string[] = [];
  readonly flows: Flow[] = [];
  readonly transport: MemoryTransport;

  constructor(network: MemoryNetwork, host: string, protocol: TransportProtocol = 'UDP', port = 5060) {
    this.transport = network.transport(protocol, host, port);
    this.transport.start({
      received: (bytes, flow) => {
        this.received.push(new TextDecoder().decode(bytes));
        this.flows.push(flow);
      },
      oversized: () => {},
      dropped: () => {},
      closed: () => {},
    });
  }

  /** Lines are joined by CRLF; an empty line and Content-Length: 0 are added. */
  send(host: string, lines: readonly string[], body = ''): Promise<Flow> {
    const text = [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
    return this.transport.send(new TextEncoder().encode(text), {
      protocol: this.transport.protocol,
      host,
      port: 5060,
    });
  }

  /** Sends text as it is. */
  sendText(host: string, text: string): Promise<Flow> {
    return this.transport.send(new TextEncoder().encode(text), {
      protocol: this.transport.protocol,
      host,
      port: 5060,
    });
  }

  /** The last message received. */
  get last(): string {
    return this.received.at(-1) ?? '';
  }

  get lines(): readonly string[] {
    return this.received.map((text) => text.slice(0, text.indexOf('\r\n')));
  }

  /** A response to the last request received, with these changes. */
  answer(
    host: string,
    status: string,
    rows: readonly string[] = [],
    toTag = 'peer',
    request = this.last,
  ): Promise<Flow> {
    const copied = request
      .split('\r\n')
      .filter((row) => /^(Via|From|To|Call-ID|CSeq):/.test(row))
      .map((row) => (row.startsWith('To:') && !row.includes(';tag=') ? `${row};tag=${toTag}` : row));
    return this.send(host, [`SIP/2.0 ${status}`, ...copied, ...rows]);
  }
}

/** The value of a header field in a message as text. */
export function field(text: string, name: string): string | undefined {
  const row = text.split('\r\n').find((line) => line.startsWith(`${name}: `));
  return row?.slice(name.length + 2);
}

export interface RawDraft {
  readonly uri?: string;
  readonly branch?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly to?: string;
  readonly fromTag?: string;
  readonly rows?: readonly string[];
  readonly via?: string;
}

/** The lines of a request from 192.0.2.9. */
export function rawRequest(method: string, draft: RawDraft = {}): readonly string[] {
  const { uri = 'sip:bob@192.0.2.2', branch = 'z9hG4bKraw1', callId = 'raw-1', cseq = 1, rows = [] } = draft;
  const contact = method === 'INVITE' && !rows.some((row) => row.startsWith('Contact'));
  const { to = `<${uri}>`, fromTag = 'raw', via = `SIP/2.0/UDP 192.0.2.9:5060;branch=${branch}` } = draft;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: ${via}`,
    'Max-Forwards: 70',
    `From: <sip:raw@192.0.2.9>;tag=${fromTag}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...(contact ? ['Contact: <sip:raw@192.0.2.9>'] : []),
    ...rows,
  ];
}
