import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { MemoryNetwork } from '../../../test/support/memory-network.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import { HeaderFields } from '../src/protocol/header-fields.ts';
import { noBody } from '../src/protocol/message.ts';
import type { SipRequest } from '../src/protocol/message.ts';
import type { NameService, TransportProtocol } from '../src/ports.ts';
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

export interface End {
  readonly core: UserAgentCore;
  readonly host: string;
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
