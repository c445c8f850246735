import type {
  Destination,
  Endpoint,
  Flow,
  Transport,
  TransportProtocol,
  TransportReceiver,
} from '@restante/sip';

/** "REGISTER ", the beginning of the request whose flow matters. */
const register = new TextEncoder().encode('REGISTER ');

/** A transport that tells when the flow by which we registered is gone (RFC 5626 section 4.4). */
export class WatchedTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  readonly family: 4 | 6;
  readonly local: Endpoint;
  readonly #transport: Transport;
  readonly #broke: () => void;
  #flowId: string | undefined;

  constructor(transport: Transport, broke: () => void) {
    this.#transport = transport;
    this.#broke = broke;
    this.protocol = transport.protocol;
    this.reliable = transport.reliable;
    this.family = transport.family;
    this.local = transport.local;
  }

  start(receiver: TransportReceiver): void {
    this.#transport.start({
      received: (bytes, flow) => receiver.received(bytes, flow),
      oversized: (head, flow) => receiver.oversized(head, flow),
      dropped: (reason, flow) => receiver.dropped(reason, flow),
      closed: (flow, error) => {
        receiver.closed(flow, error);
        if (!this.reliable || flow.id !== this.#flowId) return;
        this.#flowId = undefined;
        this.#broke();
      },
    });
  }

  async send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    const flow = await this.#transport.send(bytes, destination);
    if (register.every((byte, at) => bytes[at] === byte)) this.#flowId = flow.id;
    return flow;
  }

  isOpen(flowId: string): boolean {
    return this.#transport.isOpen(flowId);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
