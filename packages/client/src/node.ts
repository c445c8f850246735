import { parseUri, type Transport, webSocketTransport } from '@restante/sip';
import {
  dnsNameService,
  localAddressTowards,
  openTcp,
  openTls,
  openUdp,
  systemClock,
  systemRandom,
  type TlsStreamOptions,
} from '@restante/sip/node';
import { CpmClient } from './cpm-client.ts';
import type { ClientPlatform, CpmClientOptions } from './options.ts';
import { isWebSocketUrl } from './server-address.ts';

export * from './index.ts';

/** What openCpmClient takes in Node. Any part of the platform can be given instead. */
export interface NodeCpmClientOptions extends CpmClientOptions, Partial<ClientPlatform> {
  /** The address to bind. Default: the one that faces the server, which is also shown for `0.0.0.0` and `::`; the system chooses the port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
  /** Authorities to believe and the certificate to show, where the server is reached over TLS. */
  readonly tls?: TlsStreamOptions['tls'];
}

/** RFC 5626 section 4.4.1: at most two minutes between pings over TCP, ten seconds for the answer. */
const keepAlive = { intervalMs: 110_000, pongTimeoutMs: 10_000 };

/** A client over UDP and TCP, or TLS, or WebSocket, as the server's URI says. Rejects where nothing can be bound. */
export async function openCpmClient(options: NodeCpmClientOptions): Promise<CpmClient> {
  const { clock = systemClock, random = systemRandom, nameService = dnsNameService() } = options;
  const shown = await withPublicHost({ ...options, nameService });
  const transports = options.transports ?? (await openTransports(shown));
  try {
    return new CpmClient(shown, { transports, clock, random, nameService });
  } catch (error) {
    await Promise.all(transports.map((transport) => transport.close()));
    throw error;
  }
}

type Opening = NodeCpmClientOptions & Pick<ClientPlatform, 'nameService'>;

async function openTransports(options: Opening): Promise<readonly Transport[]> {
  const { server, listen = {}, tls = {} } = options;
  if (isWebSocketUrl(server)) return [webSocketTransport(server)];
  const host = listen.host ?? (await facing(options));
  const port = listen.port ?? 0;
  const uri = parseUri(server);
  const parameters = uri.kind === 'sip' ? uri.parameters : undefined;
  const secure = uri.kind === 'sip' && (uri.scheme === 'sips' || parameters?.get('transport') === 'tls');
  if (secure) return [await openTls({ host, port, keepAlive, tls, listen: tls.key !== undefined })];
  return openPair(host, port);
}

/** How often a port that UDP was given may be taken for TCP. */
const mostTries = 10;

/** UDP and TCP on one port: what is too large for UDP comes by TCP to the same address (RFC 3261 section 18.1.1). */
async function openPair(host: string, port: number): Promise<readonly Transport[]> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = await openUdp({ host, port });
    try {
      return [udp, await openTcp({ host, port: udp.local.port, keepAlive })];
    } catch (error) {
      await udp.close();
      if (port !== 0 || attempt === mostTries) throw error;
    }
  }
}

async function withPublicHost(options: Opening): Promise<Opening> {
  const { listen, publicHost } = options;
  const isWildcard = listen?.host === '0.0.0.0' || listen?.host === '::';
  return isWildcard && publicHost === undefined ? { ...options, publicHost: await facing(options) } : options;
}

/** The address of this machine by which the server is reached. */
async function facing({ server, nameService }: Opening): Promise<string> {
  const uri = parseUri(server);
  if (uri.kind !== 'sip') throw new TypeError(`the server is a SIP URI or a WebSocket URL, not ${server}`);
  const [first] = await nameService.addresses(uri.host).catch(() => []);
  return localAddressTowards(first?.address ?? '192.0.2.1');
}
