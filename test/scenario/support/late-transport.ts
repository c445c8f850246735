import type {
  Destination,
  Endpoint,
  Flow,
  Transport,
  TransportProtocol,
  TransportReceiver,
} from '@restante/sip';
import type { MemoryNetwork, MemoryTransport } from '../../support/memory-network.ts';

/** A transport that listens from its start on: before, nothing reaches it. */
export class LateTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  readonly family = 4;
  readonly local: Endpoint;
  readonly #network: MemoryNetwork;
  #open: MemoryTransport | undefined;
  #closed = false;

  constructor(network: MemoryNetwork, protocol: TransportProtocol, local: Endpoint) {
    this.#network = network;
    this.protocol = protocol;
    this.reliable = protocol !== 'UDP';
    this.local = local;
  }

  start(receiver: TransportReceiver): void {
    // A process that has died while it was put together does not listen.
    if (this.#closed) return;
    this.#open = this.#network.transport(this.protocol, this.local.host, this.local.port);
    this.#open.start(receiver);
  }

  async send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    if (this.#open === undefined) throw new Error('the transport was not started');
    return this.#open.send(bytes, destination);
  }

  isOpen(flowId: string): boolean {
    return this.#open?.isOpen(flowId) === true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#open?.close();
  }
}
