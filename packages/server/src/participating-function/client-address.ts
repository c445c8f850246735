import type { Destination, SipUri, TransportProtocol } from '@restante/sip';
import { isNumericHost, readableUri } from './served-user.ts';
import type { Binding } from './ports.ts';
import { throughProxy } from './registration-request.ts';

const transports: ReadonlyMap<string, { readonly protocol: TransportProtocol; readonly port: number }> =
  new Map([
    ['UDP', { protocol: 'UDP', port: 5060 }],
    ['TCP', { protocol: 'TCP', port: 5060 }],
    ['TLS', { protocol: 'TLS', port: 5061 }],
    ['WS', { protocol: 'WS', port: 80 }],
    ['WSS', { protocol: 'WSS', port: 443 }],
  ]);

/**
 * Where to send what goes to this binding, when that is not simply its Contact: the connection that the client opened,
 * its flow (RFC 5626), or the address a NAT gave it. Undefined: the Path or the Contact says it (RFC 3263).
 */
export function destinationOf({ contact, path, regId, flow }: Binding): Destination | undefined {
  const uri = readableUri(contact);
  const known = transports.get(flow.protocol);
  if (path.length > 0 || flow.id === throughProxy || known === undefined || uri?.kind !== 'sip')
    return undefined;
  const { protocol } = known;
  const seen: Destination = {
    protocol,
    host: flow.host,
    port: flow.port,
    ...(flow.id !== '' && { flowId: flow.id }),
  };
  if (regId !== undefined || isElsewhere(uri, flow.host)) return seen;
  // The connection is used while it is open; afterwards a new one goes to the Contact.
  if (protocol === 'UDP' || transportOf(uri) !== protocol || flow.id === '') return undefined;
  if (!isNumericHost(uri.host)) return seen;
  return { ...seen, host: uri.host, port: uri.port ?? known.port };
}

/** Does the Contact name another place than the one the REGISTER came from? Then a NAT stands between (RFC 3581). */
function isElsewhere({ host }: SipUri, source: string): boolean {
  return host.endsWith('.invalid') || (isNumericHost(host) && host !== source);
}

/** RFC 3263 section 4.1: what a numeric address without NAPTR means. */
function transportOf({ scheme, parameters }: SipUri): string {
  const named = parameters.get('transport');
  const written = typeof named === 'string' ? named.toUpperCase() : scheme === 'sips' ? 'TCP' : 'UDP';
  if (scheme !== 'sips') return written;
  return written === 'WS' ? 'WSS' : 'TLS';
}
