import type { Destination, Endpoint, Flow, Transport, TransportReceiver } from '../ports.ts';
import { TransportFailure } from '../transport-failure.ts';
import { classifyDatagram } from './datagram.ts';

/** What webSocketTransport takes; durations in milliseconds. */
export interface WebSocketOptions {
  /** How long the handshake may take. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** A CRLF CRLF is sent this often so that nothing on the way forgets the connection (RFC 7118 section 6); 0: never. Default 25 s. */
  readonly keepAliveMs?: number;
  /** Octets that may wait for a server that does not read. Default 1 MiB. */
  readonly maxBufferedBytes?: number;
}

/**
 * The client side of SIP over WebSocket (RFC 7118), on the WebSocket of the platform: browsers and Node alike.
 * One server, `ws:` or `wss:`; the connection is opened by the first message and again after it was lost.
 * Whatever is sent goes to that server: it is the client's outbound proxy.
 */
export function webSocketTransport(url: string, options: WebSocketOptions = {}): Transport {
  return new WebSocketTransport(new URL(url), {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 25_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 1024 * 1024,
  });
}

interface OpenConnection {
  readonly socket: WebSocket;
  readonly flow: Flow;
}

const ping = '\r\n\r\n';
const pong = '\r\n';

class WebSocketTransport implements Transport {
  readonly protocol: 'WS' | 'WSS';
  readonly reliable = true;
  readonly family = 4;
  readonly local: Endpoint;
  readonly #url: URL;
  readonly #options: Required<WebSocketOptions>;
  readonly #name = crypto.randomUUID().slice(0, 13);
  #receiver: TransportReceiver | undefined;
  #connection: Promise<OpenConnection> | undefined;
  #open: OpenConnection | undefined;
  #flows = 0;
  #closed = false;

  constructor(url: URL, options: Required<WebSocketOptions>) {
    this.protocol = url.protocol === 'wss:' ? 'WSS' : 'WS';
    // RFC 7118 section 5.2.1 and appendix B.1: a browser does not know its address and shows a name that cannot exist.
    this.local = { host: `${this.#name}.invalid`, port: 0 };
    this.#url = url;
    this.#options = options;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  async send(bytes: Uint8Array, destination: Destination): Promise<Flow> {
    this.#connection ??= this.#connect(destination);
    const { socket, flow } = await this.#connection;
    if (socket.readyState !== WebSocket.OPEN) throw new TransportFailure('connection closed', destination);
    if (socket.bufferedAmount > 0 && socket.bufferedAmount + bytes.length > this.#options.maxBufferedBytes) {
      socket.close();
      throw new TransportFailure('the server does not read', destination);
    }
    socket.send(textOrBinary(bytes));
    return flow;
  }

  isOpen(flowId: string): boolean {
    return this.#open?.flow.id === flowId && this.#open.socket.readyState === WebSocket.OPEN;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined);
    if (connection === undefined || connection.socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      connection.socket.addEventListener('close', () => resolve());
      connection.socket.close();
    });
  }

  #connect(destination: Destination): Promise<OpenConnection> {
    const receiver = this.#receiver;
    if (this.#closed || receiver === undefined)
      return Promise.reject(new TransportFailure('transport is not open', destination));
    const socket = new WebSocket(this.#url, 'sip');
    socket.binaryType = 'arraybuffer';
    this.#flows += 1;
    const flow = this.#flow(this.#flows);
    socket.addEventListener('message', ({ data }) => this.#read(data, socket, flow, receiver));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.close(), this.#options.connectTimeoutMs);
      socket.addEventListener('open', () => {
        clearTimeout(timer);
        this.#open = { socket, flow };
        this.#keepAlive(socket);
        resolve(this.#open);
      });
      let ended = false;
      const end = (why: string, wasClean: boolean): void => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        const opened = this.#open?.flow === flow;
        this.#connection = undefined;
        this.#open = undefined;
        const failure = new TransportFailure(`${this.#url.href}: ${why}`, destination);
        reject(failure);
        if (opened) receiver.closed(flow, wasClean ? undefined : failure);
      };
      // An error is followed by a close that says more; but not in Node 22 where the connection never came up.
      socket.addEventListener('error', () => {
        if (this.#open?.flow !== flow) end('no connection', false);
      });
      socket.addEventListener('close', ({ code, reason, wasClean }) =>
        end(reason || `closed with ${code}`, wasClean),
      );
    });
  }

  #flow(number: number): Flow {
    const defaultPort = this.protocol === 'WSS' ? 443 : 80;
    const remote = { host: this.#url.hostname, port: Number(this.#url.port) || defaultPort };
    const id = `${this.protocol.toLowerCase()}/${this.#name}/${number}`;
    return { id, protocol: this.protocol, local: this.local, remote };
  }

  #keepAlive(socket: WebSocket): void {
    if (this.#options.keepAliveMs === 0) return;
    const timer = setInterval(() => socket.send(ping), this.#options.keepAliveMs);
    socket.addEventListener('close', () => clearInterval(timer));
  }

  /** RFC 7118 section 5.1: one message in each WebSocket message, text or binary. */
  #read(data: unknown, socket: WebSocket, flow: Flow, receiver: TransportReceiver): void {
    if (data === ping) return socket.send(pong);
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(bufferOf(data));
    const kind = classifyDatagram(bytes);
    if (kind === 'message') receiver.received(bytes, flow);
    else if (kind === 'not-sip') receiver.dropped(kind, flow);
  }
}

/** Many servers expect text; a body that is no UTF-8 can only go as binary. */
function textOrBinary(bytes: Uint8Array): string | Uint8Array<ArrayBuffer> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new Uint8Array(bytes);
  }
}

function bufferOf(data: unknown): ArrayBuffer {
  return data instanceof ArrayBuffer ? data : new ArrayBuffer(0);
}
