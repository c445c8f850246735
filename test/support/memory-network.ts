import { TransportFailure } from '@restante/sip';
import type {
  Clock,
  Destination,
  Endpoint,
  Flow,
  Transport,
  TransportProtocol,
  TransportReceiver,
} from '@restante/sip';

/** One message on its way, as a test may judge or keep it. */
export interface Packet {
  readonly protocol: TransportProtocol;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface MemoryNetworkOptions {
  /** With a clock, every message takes `latencyMs`; without, it arrives in a microtask. */
  readonly clock?: Clock;
  readonly latencyMs?: number;
}

const at = ({ host, port }: Endpoint): string => `${host} ${port}`;

/** Several transports wired together by address, in one process. */
export class MemoryNetwork {
  /** Every message that was sent, lost ones too. */
  readonly packets: Packet[] = [];
  /** Return true to lose a datagram, or to break the connection under a message. */
  lose: (packet: Packet) => boolean = () => false;
  readonly #listening = new Map<string, MemoryTransport>();
  readonly #options: MemoryNetworkOptions;
  #lastPort = 40_000;
  #lastFlow = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.#options = options;
  }

  /** A transport that listens on this address; port 0 is given a free one. */
  transport(protocol: TransportProtocol, host: string, port = 5060): MemoryTransport {
    const local = { host, port: port === 0 ? this.freePort() : port };
    const key = `${protocol} ${at(local)}`;
    if (this.#listening.has(key)) throw new Error(`address in use: ${key}`);
    const transport = new MemoryTransport(this, protocol, local, () => this.#listening.delete(key));
    this.#listening.set(key, transport);
    return transport;
  }

  listening(protocol: TransportProtocol, endpoint: Endpoint): MemoryTransport | undefined {
    return this.#listening.get(`${protocol} ${at(endpoint)}`);
  }

  freePort(): number {
    this.#lastPort += 1;
    return this.#lastPort;
  }

  flowId(): string {
    this.#lastFlow += 1;
    return `memory-${this.#lastFlow}`;
  }

  /** Notes the packet; true when the test wants it lost. */
  carries(protocol: TransportProtocol, from: Endpoint, to: Endpoint, bytes: Uint8Array): boolean {
    const packet = { protocol, from, to, bytes, text: new TextDecoder().decode(bytes) };
    this.packets.push(packet);
    return !this.lose(packet);
  }

  deliver(act: () => void): void {
    const { clock, latencyMs = 0 } = this.#options;
    if (clock === undefined) queueMicrotask(act);
    else clock.after(latencyMs, act);
  }
}

interface Connection {
  readonly flow: Flow;
  readonly peer: MemoryTransport;
  readonly peerFlow: Flow;
  open: boolean;
}

/** One end of the memory network: datagrams for UDP, connections for everything else. */
export class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  readonly family: 4 | 6;
  readonly local: Endpoint;
  readonly #network: MemoryNetwork;
  readonly #unlisten: () => void;
  readonly #connections = new Map<string, Connection>();
  readonly #datagramFlows = new Map<string, Flow>();
  #receiver: TransportReceiver | undefined;
  #closed = false;

  constructor(network: MemoryNetwork, protocol: TransportProtocol, local: Endpoint, unlisten: () => void) {
    this.#network = network;
    this.protocol = protocol;
    this.reliable = protocol !== 'UDP';
    this.family = local.host.includes(':') ? 6 : 4;
    this.local = local;
    this.#unlisten = unlisten;
  }

  /** What the stack registered, so that a test can hand it anything. */
  get receiver(): TransportReceiver {
    if (this.#receiver === undefined) throw new Error('the transport was not started');
    return this.#receiver;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  async send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    if (this.#closed) throw new TransportFailure('transport is closed', destination);
    return this.protocol === 'UDP'
      ? this.#sendDatagram(bytes, destination)
      : this.#sendOnConnection(bytes, destination);
  }

  isOpen(flowId: string): boolean {
    return this.protocol === 'UDP' || this.#connections.get(flowId)?.open === true;
  }

  /** The flow by which datagrams from there come in; tests that speak raw SIP use it too. */
  datagramFlow(remote: Endpoint): Flow {
    const known = this.#datagramFlows.get(at(remote));
    if (known !== undefined) return known;
    const flow: Flow = { id: this.#network.flowId(), protocol: this.protocol, local: this.local, remote };
    this.#datagramFlows.set(at(remote), flow);
    return flow;
  }

  /** Breaks every connection, as a peer that crashed would. */
  breakConnections(): void {
    for (const connection of this.#connections.values()) this.#break(connection);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unlisten();
    this.breakConnections();
  }

  #sendDatagram(bytes: Uint8Array, destination: Destination): Flow {
    const remote = { host: destination.host, port: destination.port };
    const flow = this.datagramFlow(remote);
    if (this.#network.carries('UDP', this.local, remote, bytes)) {
      this.#network.deliver(() => {
        const peer = this.#network.listening('UDP', remote);
        peer?.receiver.received(bytes, peer.datagramFlow(this.local));
      });
    }
    return flow;
  }

  #sendOnConnection(bytes: Uint8Array, destination: Destination): Flow {
    const connection = this.#connectionTo(destination);
    const { flow, peer, peerFlow } = connection;
    if (this.#network.carries(this.protocol, flow.local, flow.remote, bytes)) {
      this.#network.deliver(() => {
        if (connection.open) peer.receiver.received(bytes, peerFlow);
      });
    } else this.#break(connection);
    return flow;
  }

  #connectionTo(destination: Destination): Connection {
    const asked = destination.flowId === undefined ? undefined : this.#connections.get(destination.flowId);
    if (asked !== undefined) return asked;
    for (const connection of this.#connections.values())
      if (at(connection.flow.remote) === at(destination)) return connection;
    const peer = this.#network.listening(this.protocol, destination);
    if (peer === undefined) throw new TransportFailure(`connection refused: ${at(destination)}`, destination);
    return this.#connect(peer);
  }

  #connect(peer: MemoryTransport): Connection {
    const ours = { host: this.local.host, port: this.#network.freePort() };
    const flow: Flow = {
      id: this.#network.flowId(),
      protocol: this.protocol,
      local: ours,
      remote: peer.local,
    };
    const peerFlow: Flow = {
      id: this.#network.flowId(),
      protocol: this.protocol,
      local: peer.local,
      remote: ours,
    };
    const connection: Connection = { flow, peer, peerFlow, open: true };
    this.#connections.set(flow.id, connection);
    peer.#connections.set(peerFlow.id, { flow: peerFlow, peer: this, peerFlow: flow, open: true });
    return connection;
  }

  #break(connection: Connection): void {
    const { flow, peer, peerFlow } = connection;
    connection.open = false;
    this.#connections.delete(flow.id);
    this.#receiver?.closed(flow, undefined);
    const other = peer.#connections.get(peerFlow.id);
    if (other !== undefined) peer.#break(other);
  }
}
