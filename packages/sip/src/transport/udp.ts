import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Destination, Endpoint, Flow, QueueProbe, Transport, TransportReceiver } from '../ports.ts';
import { describeDestination, TransportFailure } from '../transport-failure.ts';
import { classifyDatagram, skipLineEnds } from './datagram.ts';

/** What openUdp takes. */
export interface UdpOptions {
  /** The numeric address to bind; it decides the family. */
  readonly host: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Room for bursts, in octets; the system may grant less. Default 4 MiB. */
  readonly receiveBufferBytes?: number;
}

const defaultBufferBytes = 4 * 1024 * 1024;

/** The errors by which a system tells what ICMP told it. */
const unreachable: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Binds a UDP socket (RFC 3261 section 18). Rejects with the system's error where the address cannot be bound. */
export async function openUdp({ host, port = 0, receiveBufferBytes }: UdpOptions): Promise<Transport> {
  const family = isIP(host);
  if (family !== 4 && family !== 6) throw new TypeError(`openUdp needs a numeric address, not ${host}`);
  const bufferBytes = receiveBufferBytes ?? defaultBufferBytes;
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6,
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Addresses are numeric here; answering at once spares the resolver and a turn of the event loop for each datagram.
    lookup: (address, _options, done) => done(null, address, family),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return new UdpTransport(socket, family, bufferBytes);
}

/** The first octet is no SIP, the others cannot be guessed. */
const probeOctets = 17;

interface Probe {
  readonly octets: Uint8Array;
  readonly arrived: () => void;
}

class UdpTransport implements Transport, QueueProbe {
  readonly protocol = 'UDP';
  readonly reliable = false;
  readonly family: 4 | 6;
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #flowPrefix: string;
  readonly #bufferBytes: number;
  #receiver: TransportReceiver | undefined;
  #probe: Probe | undefined;
  /** Of the last datagram, in or out: those of one proxy come in long rows, and share it. */
  #lastFlow: UdpFlow | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, family: 4 | 6, bufferBytes: number) {
    const { address, port } = socket.address();
    this.#socket = socket;
    this.#bufferBytes = bufferBytes;
    this.family = family;
    this.local = { host: address, port };
    this.#flowPrefix = `udp/${address}|${port}/`;
    socket.on('error', (error) => this.#failed(error));
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    this.#socket.on('message', (datagram, remote) => this.#read(datagram, remote, receiver));
  }

  send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    const remote = this.#remoteOf(destination);
    if (this.#closing) return Promise.reject(new TransportFailure('transport is closed', destination));
    // The address of a flow that was used has been looked at.
    if (remote.host !== this.#lastFlow?.remote.host && isIP(remote.host) !== this.family)
      return Promise.reject(
        new TransportFailure(`no IPv${this.family} address: ${remote.host}`, destination),
      );
    const flow = this.#flowOf(remote.host, remote.port);
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, remote.port, remote.host, (error) => {
        if (!error) return resolve(flow);
        const failure = new TransportFailure(
          `${describeDestination(destination)}: ${error.message}`,
          destination,
          {
            cause: error,
          },
        );
        reject(failure);
        if (unreachable.has(codeOf(error))) this.#receiver?.closed(flow, failure);
      });
    });
  }

  /** A datagram to ourselves stands in the same queue as those of others. A new one takes the place of the last one. */
  probe(arrived: () => void): void {
    if (this.#closing) return;
    const octets = crypto.getRandomValues(new Uint8Array(probeOctets));
    octets[0] = 0;
    this.#probe = { octets, arrived };
    this.#socket.send(octets, this.local.port, reachable(this.local.host), () => {});
  }

  narrow(share: number): void {
    if (!this.#closing) this.#socket.setRecvBufferSize(Math.max(1, Math.ceil(this.#bufferBytes * share)));
  }

  isOpen(flowId: string): boolean {
    return this.#closing === undefined && flowId.startsWith(this.#flowPrefix);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#receiver = undefined;
      this.#socket.removeAllListeners('message');
      this.#socket.close(() => resolve());
    });
    return this.#closing;
  }

  #read(datagram: Uint8Array, remote: RemoteInfo, receiver: TransportReceiver): void {
    if (this.#probe !== undefined && isSame(datagram, this.#probe.octets)) return this.#probed(this.#probe);
    const flow = this.#flowOf(remote.address, remote.port);
    const kind = classifyDatagram(datagram);
    if (kind !== 'message') return receiver.dropped(kind, flow);
    const start = skipLineEnds(datagram);
    // A plain Uint8Array: the methods of Buffer differ, and nothing above this line may meet them.
    receiver.received(
      new Uint8Array(datagram.buffer, datagram.byteOffset + start, datagram.length - start),
      flow,
    );
  }

  #probed({ arrived }: Probe): void {
    this.#probe = undefined;
    arrived();
  }

  #flowOf(host: string, port: number): UdpFlow {
    const last = this.#lastFlow;
    if (last !== undefined && last.remote.port === port && last.remote.host === host) return last;
    return (this.#lastFlow = new UdpFlow(this.#flowPrefix, this.local, { host, port }));
  }

  #remoteOf({ flowId, host, port }: Destination): Endpoint {
    if (flowId === undefined || !flowId.startsWith(this.#flowPrefix)) return { host, port };
    const [flowHost = host, flowPort = ''] = flowId.slice(this.#flowPrefix.length).split('|');
    return { host: flowHost, port: Number(flowPort) };
  }

  /** The system does not say which peer an error of the socket is about. */
  #failed(error: Error): void {
    this.#receiver?.dropped(error.message, new UdpFlow(this.#flowPrefix, this.local, this.local));
  }
}

/** The identifier is text made from the addresses, so that it costs nothing until somebody asks for it. */
class UdpFlow implements Flow {
  readonly protocol = 'UDP';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #prefix: string;

  constructor(prefix: string, local: Endpoint, remote: Endpoint) {
    this.#prefix = prefix;
    this.local = local;
    this.remote = remote;
  }

  get id(): string {
    return `${this.#prefix}${this.remote.host}|${this.remote.port}`;
  }
}

/** Whoever listens on all addresses hears himself on the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function isSame(datagram: Uint8Array, octets: Uint8Array): boolean {
  return datagram.length === octets.length && octets.every((octet, at) => octet === datagram[at]);
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? '';
}
