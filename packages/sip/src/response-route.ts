import type { SipRequest } from './protocol/message.ts';
import type { HeaderFields } from './protocol/header-fields.ts';
import { topVia } from './protocol/readers.ts';
import { parseVias, serializeVia } from './protocol/via.ts';
import type { Via } from './protocol/via.ts';
import type { Destination, Flow, Transport, TransportProtocol } from './ports.ts';
import { isNumericHost } from './numeric-host.ts';

/** RFC 3261 section 19.1.2; for WebSocket the ports of HTTP (RFC 7118 section 5.4). */
const defaultPorts: Readonly<Record<TransportProtocol, number>> = {
  UDP: 5060,
  TCP: 5060,
  TLS: 5061,
  WS: 80,
  WSS: 443,
};

export function defaultPort(protocol: TransportProtocol): number {
  return defaultPorts[protocol];
}

/** What the sender of a request said of itself. */
export type SentBy = Pick<Via, 'host' | 'port'>;

/** Where the responses to one request go. */
export interface ResponseRoute {
  readonly transport: Transport;
  readonly destination: Destination;
  /** Over a connection only: what the sender said of itself, the last resort where it is gone (RFC 3263 section 5). */
  readonly sentBy?: SentBy;
}

/** The request as it stands after RFC 3261 section 18.2.1 and RFC 3581 section 4: the top Via says where it came from. */
export function stampReceived(request: SipRequest, flow: Flow): SipRequest {
  const via = topVia(request);
  const { host, port } = flow.remote;
  const symmetric = via.rport !== undefined;
  if (!symmetric && via.host === host) return request;
  const stamped: Via = symmetric ? { ...via, received: host, rport: port } : { ...via, received: host };
  const headers = withTopVia(request, via, stamped);
  headers.remembered.via = stamped;
  const { kind, method, uri, body } = request;
  return { kind, method, uri, headers, body };
}

/** The other hops stay in their rows: a datagram has room for thousands, and a row for each would cost their square. */
function withTopVia({ headers }: SipRequest, via: Via, stamped: Via): HeaderFields {
  const [first = '', ...further] = headers.all('Via');
  const row =
    stampedText(first, via, stamped) ?? [stamped, ...parseVias(first).slice(1)].map(serializeVia).join(', ');
  if (further.length === 0) return headers.with('Via', row);
  let changed = headers.without('Via');
  for (const other of further.toReversed()) changed = changed.prepend('Via', other);
  return changed.prepend('Via', row);
}

/** The usual row, one hop that asks for rport, as it was written with what it asks for. Undefined: another row. */
function stampedText(row: string, via: Via, { received = '', rport }: Via): string | undefined {
  if (row.includes(',') || row.includes('"') || via.received !== undefined) return undefined;
  const address = received.includes(':') ? undefined : `;received=${received}`;
  if (address === undefined || via.rport === undefined) return address && row + address;
  const asked = row.indexOf(';rport');
  const end = asked + ';rport'.length;
  if (via.rport !== true || asked < 0 || (end < row.length && row.charAt(end) !== ';')) return undefined;
  return `${row.slice(0, end)}=${rport}${row.slice(end)}${address}`;
}

/** RFC 3261 section 18.2.2 and RFC 3581 section 4. `request` is stamped. */
export function routeOfResponse(request: SipRequest, flow: Flow, transport: Transport): ResponseRoute {
  const via = topVia(request);
  const { protocol } = transport;
  const { host, port } = flow.remote;
  const announced = via.port ?? defaultPort(protocol);
  if (transport.reliable)
    return { transport, destination: { protocol, host, port: announced, flowId: flow.id }, sentBy: via };
  const maddr = via.parameters.get('maddr');
  if (typeof maddr === 'string' && isNumericHost(maddr))
    return { transport, destination: { protocol, host: maddr, port: announced } };
  const back = via.rport === undefined ? announced : port;
  return { transport, destination: { protocol, host, port: back } };
}
