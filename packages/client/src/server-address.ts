import { type Destination, parseUri, serializeUri, type Transport } from '@restante/sip';

/** How requests find the server. */
export interface ServerRoute {
  /** The transport that faces it: its address is our Contact. */
  readonly transport: Transport;
  /** The outbound proxy's URI (RFC 3261 section 8.1.2); none for WebSocket, whose one server takes everything. */
  readonly outboundProxy: readonly string[];
  readonly destination?: Destination;
}

/** `ws:` and `wss:` URLs are servers of SIP over WebSocket (RFC 7118). */
export function isWebSocketUrl(server: string): boolean {
  return /^wss?:\/\//i.test(server);
}

/** Throws a TypeError where no transport fits the server. */
export function routeTo(server: string, transports: readonly Transport[]): ServerRoute {
  return isWebSocketUrl(server) ? webSocketRoute(server, transports) : sipRoute(server, transports);
}

function webSocketRoute(server: string, transports: readonly Transport[]): ServerRoute {
  const { protocol: scheme, hostname, port } = new URL(server);
  const protocol = scheme === 'wss:' ? 'WSS' : 'WS';
  const transport = transports.find((candidate) => candidate.protocol === protocol);
  if (transport === undefined) throw new TypeError(`no ${protocol} transport for ${server}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const destination = { protocol, host, port: Number(port) || (protocol === 'WSS' ? 443 : 80) } as const;
  return { transport, outboundProxy: [], destination };
}

function sipRoute(server: string, transports: readonly Transport[]): ServerRoute {
  const uri = parseUri(server);
  if (uri.kind !== 'sip') throw new TypeError(`the server is a SIP URI or a WebSocket URL, not ${server}`);
  const named = uri.parameters.get('transport');
  const wanted = typeof named === 'string' ? named.toUpperCase() : uri.scheme === 'sips' ? 'TLS' : 'UDP';
  const protocol = uri.scheme === 'sips' && wanted === 'TCP' ? 'TLS' : wanted;
  const family = uri.host.includes(':') ? 6 : 4;
  const fitting = transports.filter((candidate) => candidate.protocol === protocol);
  const transport = fitting.find((candidate) => candidate.family === family) ?? fitting[0] ?? transports[0];
  if (transport === undefined) throw new TypeError(`no transport for ${server}`);
  const { user: _user, password: _password, ...address } = uri;
  const parameters = new Map(uri.parameters).set('lr', true);
  return { transport, outboundProxy: [serializeUri({ ...address, parameters, headers: new Map() })] };
}
