import { connect, createServer, isIP } from 'node:net';
import type { Server } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { PeerCertificate, SecureContextOptions } from 'node:tls';
import type { Endpoint } from '@restante/sip';
import type { MsrpTransport } from '../ports.ts';
import { StreamTransport } from './stream-transport.ts';
import type { StreamDialer } from './stream-transport.ts';

/** What openMsrpTcp takes. */
export interface MsrpTcpOptions {
  /** The address to bind. */
  readonly host: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** false: only connect, accept nothing; `local.port` is then 0. Default true. */
  readonly listen?: boolean;
  /** How long a connection may take to be set up, the TLS handshake included. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Open connections, both ways together. Default 10,000. */
  readonly maxConnections?: number;
  /** Octets that may wait for the network before sending pauses. Default 256 KiB. */
  readonly writeBufferBytes?: number;
}

/** What openMsrpTls takes besides. */
export interface MsrpTlsOptions extends MsrpTcpOptions {
  /** Key and certificate (needed to accept connections), and the authorities to believe. */
  readonly tls: Pick<SecureContextOptions, 'key' | 'cert' | 'ca' | 'minVersion'>;
}

const defaultConnectTimeoutMs = 5000;
const defaultMaxConnections = 10_000;
const defaultWriteBufferBytes = 256 * 1024;

/** MSRP over TCP. Rejects with the system's error where the address cannot be bound. */
export function openMsrpTcp(options: MsrpTcpOptions): Promise<MsrpTransport> {
  const highWaterMark = options.writeBufferBytes ?? defaultWriteBufferBytes;
  const server = options.listen === false ? undefined : createServer({ highWaterMark });
  return open(options, server, {
    protocol: 'TCP',
    connect: ({ host, port }) => ({
      socket: connect({ host, port, ...{ writableHighWaterMark: highWaterMark } }),
      readyEvent: 'connect',
    }),
  });
}

/** MSRP over TLS (RFC 4975 section 14.2): the peer shows its name, or the certificate whose fingerprint SDP named. */
export function openMsrpTls(options: MsrpTlsOptions): Promise<MsrpTransport> {
  const { connectTimeoutMs = defaultConnectTimeoutMs, tls } = options;
  const server =
    options.listen === false ? undefined : createTlsServer({ ...tls, handshakeTimeout: connectTimeoutMs });
  return open(options, server, {
    protocol: 'TLS',
    connect: ({ host, port, serverName = host, fingerprint }) => {
      const socket = connectTls({
        ...tls,
        host,
        port,
        ...(isIP(serverName) === 0 && { servername: serverName }),
        ...(fingerprint !== undefined && { rejectUnauthorized: false }),
      });
      if (fingerprint === undefined) return { socket, readyEvent: 'secureConnect' };
      socket.once('secureConnect', () => {
        if (hasFingerprint(socket.getPeerCertificate(), fingerprint)) socket.emit('believed');
        else socket.destroy(new Error('the certificate has another fingerprint'));
      });
      return { socket, readyEvent: 'believed' };
    },
  });
}

/** RFC 8122 section 5: SHA-256, and SHA-1 of those who know nothing better is not believed. */
function hasFingerprint(certificate: PeerCertificate, wanted: string): boolean {
  const [algorithm = '', value = ''] = wanted.trim().split(/\s+/);
  const known: Readonly<Record<string, string | undefined>> = {
    'sha-256': certificate.fingerprint256,
    'sha-512': certificate.fingerprint512,
  };
  const shown = known[algorithm.toLowerCase()];
  return shown !== undefined && shown.toUpperCase() === value.toUpperCase();
}

async function open(
  options: MsrpTcpOptions,
  server: Server | undefined,
  dialer: StreamDialer,
): Promise<MsrpTransport> {
  const settings = {
    connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    maxConnections: options.maxConnections ?? defaultMaxConnections,
  };
  const local = server === undefined ? { host: options.host, port: 0 } : await listen(server, options);
  return new StreamTransport(dialer, settings, local, server);
}

function listen(server: Server, { host, port = 0 }: MsrpTcpOptions): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const bound = server.address();
      if (bound === null || typeof bound === 'string') return reject(new Error('the server has no address'));
      resolve({ host: bound.address, port: bound.port });
    });
  });
}
