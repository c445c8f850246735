import { chooseTransport } from './choose-transport.ts';
import type { RequestPreparation } from './outgoing-request.ts';
import type { Destination, Flow, Transport, TransportProtocol } from './ports.ts';

export interface OwnContactOptions {
  readonly transports: readonly Transport[];
  readonly preparation: Pick<RequestPreparation, 'ownAddress'>;
  /** The user part, if any. */
  readonly user: string | undefined;
}

/** RFC 3261 section 8.1.1.8: the Contact values by which others reach us. */
export class OwnContact {
  readonly #options: OwnContactOptions;

  constructor(options: OwnContactOptions) {
    this.#options = options;
  }

  /** By this transport, as the peer of this flow sees it. */
  by(transport: Transport, flow?: Flow): string {
    const { preparation, user } = this.#options;
    const address = preparation.ownAddress(transport, flow);
    return `<sip:${user === undefined ? '' : `${user}@`}${address}${transportParameter(transport.protocol)}>`;
  }

  /** By the transport that a request to this destination takes. */
  towards(destination: Destination): string {
    const { transports } = this.#options;
    const transport = chooseTransport(transports, destination) ?? transports[0];
    return transport === undefined ? '' : this.by(transport);
  }
}

/** RFC 3261 section 19.1.1; RFC 7118 section 5.2.2: a URI says ws, secure or not. */
function transportParameter(protocol: TransportProtocol): string {
  if (protocol === 'UDP') return '';
  return `;transport=${protocol === 'WSS' ? 'ws' : protocol.toLowerCase()}`;
}
