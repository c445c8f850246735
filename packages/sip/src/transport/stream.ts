import { connect, createServer, isIP } from 'node:net';
import type { Server } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Endpoint, Transport } from '../ports.ts';
import { StreamTransport } from './stream-transport.ts';
import type { StreamDialer, StreamSettings } from './stream-transport.ts';
import type { KeepAlive } from './stream-connection.ts';

/** What openTcp takes; durations in milliseconds. */
export interface StreamOptions {
  /** The numeric address to bind; it decides the family, and connections are opened from it. */
  readonly host: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** false: only connect, accept nothing; `local.port` is then 0. Default true. */
  readonly listen?: boolean;
  /** How long a connection may take to be set up, the TLS handshake included. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Silence in both directions after which a connection is closed; 0: never. Default 15 minutes. */
  readonly idleTimeoutMs?: number;
  /** How long one message may take to arrive, before its connection is closed. Default 60 s. */
  readonly messageTimeoutMs?: number;
  /** Open connections, both ways together. Default 10,000. */
  readonly maxConnections?: number;
  /** Octets that may wait for a peer that does not read, before its connection is closed. Default 4 MiB. */
  readonly maxBufferedBytes?: number;
  /** Start line and header fields of one message. Default 64 KiB; more loses the framing and closes the connection. */
  readonly maxHeadBytes?: number;
  /** Body of one message. Default 1 MiB; of more only the head is handed up. */
  readonly maxBodyBytes?: number;
  /** Pings on the connections that we open (RFC 5626 section 4.4.1). Default: none; pings of others are always answered. */
  readonly keepAlive?: KeepAlive;
}

/** What openTls takes besides. */
export interface TlsStreamOptions extends StreamOptions {
  /** Key and certificate (needed to accept connections), and the authorities to believe. */
  readonly tls: Pick<SecureContextOptions, 'key' | 'cert' | 'ca' | 'minVersion'> & {
    /** Ask clients for a certificate and refuse those without a good one. Default false. */
    readonly requestCertificate?: boolean;
  };
}

/** TCP, both directions (RFC 3261 section 18). Rejects with the system's error where the address cannot be bound. */
export function openTcp(options: StreamOptions): Promise<Transport> {
  return open(options, {
    protocol: 'TCP',
    createServer: () => createServer(),
    connect: ({ host, port }, localAddress) => {
      const socket = connect({ host, port, ...(localAddress && { localAddress }) });
      return { socket, readyEvent: 'connect' };
    },
  });
}

/** TLS, both directions; a server shows its name by RFC 5922. What it needs is loaded by its first use: that takes long. */
export async function openTls(options: TlsStreamOptions): Promise<Transport> {
  const tls = await import('node:tls');
  const { checkSipIdentity } = await import('./tls-identity.ts');
  const { requestCertificate = false, ...context } = options.tls;
  const handshakeTimeout = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  return open(options, {
    protocol: 'TLS',
    createServer: () =>
      tls.createServer({
        ...context,
        requestCert: requestCertificate,
        rejectUnauthorized: requestCertificate,
        handshakeTimeout,
      }),
    connect: ({ host, port, serverName = host }, localAddress) => {
      const socket = tls.connect({
        ...context,
        host,
        port,
        ...(isIP(serverName) === 0 && { servername: serverName }),
        ...(localAddress && { localAddress }),
        checkServerIdentity: (_host, certificate) => checkSipIdentity(serverName, certificate),
      });
      return { socket, readyEvent: 'secureConnect' };
    },
  });
}

const defaultConnectTimeoutMs = 5000;

async function open(options: StreamOptions, dialer: StreamDialer): Promise<Transport> {
  const family = isIP(options.host);
  if (family !== 4 && family !== 6)
    throw new TypeError(`a transport needs a numeric address, not ${options.host}`);
  const settings: StreamSettings = {
    family,
    connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? 15 * 60_000,
    messageTimeoutMs: options.messageTimeoutMs ?? 60_000,
    maxConnections: options.maxConnections ?? 10_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
    maxHeadBytes: options.maxHeadBytes ?? 64 * 1024,
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
    keepAlive: options.keepAlive,
    localAddress: isUnspecified(options.host) ? undefined : options.host,
  };
  if (options.listen === false)
    return new StreamTransport(dialer, settings, { host: options.host, port: 0 }, undefined);
  const server = dialer.createServer();
  const local = await listen(server, options.host, options.port ?? 0);
  return new StreamTransport(dialer, settings, local, server);
}

function listen(server: Server, host: string, port: number): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: true }, () => {
      server.off('error', reject);
      const bound = server.address();
      if (bound === null || typeof bound === 'string') return reject(new Error('the server has no address'));
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

function isUnspecified(host: string): boolean {
  return /^[0:.]+$/.test(host);
}
