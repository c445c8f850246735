import type { SipUri } from './protocol/uri.ts';
import type { Destination, NameService, NaptrRecord, Random, SrvRecord, TransportProtocol } from './ports.ts';
import { addressFamily } from './numeric-host.ts';
import { defaultPort } from './response-route.ts';

/** What locating a server stands on. */
export interface LocateOptions {
  readonly nameService: NameService;
  readonly random: Random;
  /** Can we send by this protocol in this address family? */
  readonly supports: (protocol: TransportProtocol, family: 4 | 6) => boolean;
}

/** A name and port to resolve to addresses, by one protocol. */
interface Target {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
}

/** RFC 3263 section 4.1 and RFC 7118 section 5: NAPTR services, in our order of preference where there are no records. */
const services: Readonly<Record<string, TransportProtocol>> = {
  'SIPS+D2T': 'TLS',
  'SIP+D2T': 'TCP',
  'SIP+D2U': 'UDP',
  'SIPS+D2W': 'WSS',
  'SIP+D2W': 'WS',
};

/** RFC 3263 section 4.1, RFC 7118 section 5.2. */
const srvPrefixes: Readonly<Record<TransportProtocol, string>> = {
  UDP: '_sip._udp.',
  TCP: '_sip._tcp.',
  TLS: '_sips._tcp.',
  WS: '_sip._ws.',
  WSS: '_sips._ws.',
};

/** Without a wish of the URI or of DNS: UDP for sip, TLS for sips (RFC 3263 section 4.1). */
const unaided: Readonly<Record<SipUri['scheme'], readonly TransportProtocol[]>> = {
  sip: ['UDP', 'TCP', 'TLS'],
  sips: ['TLS'],
};

const isSecure = (protocol: TransportProtocol): boolean => protocol === 'TLS' || protocol === 'WSS';

/**
 * RFC 3263 section 4: where to send a request for this URI, in the order in which to try. Names are resolved only as
 * far as the caller goes on. A failing name server counts as one that knows nothing.
 */
export async function* locate(uri: SipUri, options: LocateOptions): AsyncGenerator<Destination> {
  const numeric = locateNumeric(uri, options);
  if (numeric !== undefined) yield numeric;
  else for await (const target of targetsOf(uri, options)) yield* addressesOf(target, options, uri.host);
}

/** RFC 3263 section 5: where a response goes whose connection is gone, by what its top Via says. */
export async function* locateSentBy(
  { host, port }: { readonly host: string; readonly port?: number },
  protocol: TransportProtocol,
  options: LocateOptions,
): AsyncGenerator<Destination> {
  const known = addressFamily(host) !== 0 || port !== undefined;
  const direct: Target = { protocol, host, port: port ?? defaultPort(protocol) };
  const targets = known ? [direct] : await srvTargets(srvPrefixes[protocol] + host, protocol, options);
  for (const target of targets.length > 0 ? targets : [direct]) yield* addressesOf(target, options, host);
}

/** The destination of a numeric host, which no name server has to be asked for; undefined for a name. */
export function locateNumeric(
  uri: SipUri,
  { supports }: Pick<LocateOptions, 'supports'>,
): Destination | undefined {
  const host = targetHost(uri);
  const family = addressFamily(host);
  if (family === 0) return undefined;
  const fits = (candidate: TransportProtocol): boolean => supports(candidate, family);
  const protocol = transportOf(uri, fits) ?? firstOf(uri, fits);
  return { protocol, host, port: uri.port ?? defaultPort(protocol) };
}

function targetHost({ host, parameters }: SipUri): string {
  const maddr = parameters.get('maddr');
  return typeof maddr === 'string' ? maddr.replace(/^\[(.*)\]$/, '$1') : host;
}

async function* targetsOf(uri: SipUri, options: LocateOptions): AsyncGenerator<Target> {
  const host = targetHost(uri);
  const fits = (candidate: TransportProtocol): boolean => supportsAny(options, candidate);
  const wanted = transportOf(uri, fits);
  const unasked = wanted ?? firstOf(uri, fits);
  if (uri.port !== undefined) {
    yield { protocol: unasked, host, port: uri.port };
    return;
  }
  const aided = wanted === undefined ? targetsByDns(host, uri, options) : srvOf(host, wanted, options);
  let found = false;
  for await (const target of aided) {
    found = true;
    yield target;
  }
  if (!found) yield { protocol: unasked, host, port: defaultPort(unasked) };
}

/** The protocol that the URI names. With sips, tcp and ws mean the same over TLS. */
function transportOf(
  { scheme, parameters }: SipUri,
  fits: (protocol: TransportProtocol) => boolean,
): TransportProtocol | undefined {
  const name = parameters.get('transport');
  const protocol = typeof name === 'string' ? name.toUpperCase() : undefined;
  if (protocol === 'TLS' || protocol === 'WSS') return protocol;
  if (protocol === 'TCP') return scheme === 'sips' ? 'TLS' : 'TCP';
  // RFC 7118 section 5.2.2: there is no transport=wss, so a server that is reached by WSS says ws as well.
  if (protocol === 'WS') return scheme === 'sips' || (!fits('WS') && fits('WSS')) ? 'WSS' : 'WS';
  return protocol === 'UDP' && scheme === 'sip' ? 'UDP' : undefined;
}

function supportsAny({ supports }: LocateOptions, protocol: TransportProtocol): boolean {
  return supports(protocol, 4) || supports(protocol, 6);
}

function firstOf({ scheme }: SipUri, fits: (protocol: TransportProtocol) => boolean): TransportProtocol {
  const [first = 'UDP'] = unaided[scheme];
  return unaided[scheme].find(fits) ?? first;
}

/** NAPTR first; without it SRV for each protocol that we have (RFC 3263 section 4.1). */
async function* targetsByDns(host: string, uri: SipUri, options: LocateOptions): AsyncGenerator<Target> {
  const records = await options.nameService.naptr(host).catch((): readonly NaptrRecord[] => []);
  const usable = records
    .filter((record) => record.flags.toLowerCase() === 's' && mayUse(record, uri, options))
    .sort((a, b) => a.order - b.order || a.preference - b.preference);
  for (const { service, replacement } of usable) {
    const protocol = services[service.toUpperCase()];
    if (protocol !== undefined) yield* await srvTargets(replacement, protocol, options);
  }
  if (usable.length > 0) return;
  for (const protocol of unaided[uri.scheme])
    if (supportsAny(options, protocol)) yield* srvOf(host, protocol, options);
}

function mayUse({ service }: NaptrRecord, { scheme }: SipUri, options: LocateOptions): boolean {
  const protocol = services[service.toUpperCase()];
  if (protocol === undefined || !supportsAny(options, protocol)) return false;
  return scheme === 'sip' || isSecure(protocol);
}

async function* srvOf(
  host: string,
  protocol: TransportProtocol,
  options: LocateOptions,
): AsyncGenerator<Target> {
  yield* await srvTargets(srvPrefixes[protocol] + host, protocol, options);
}

async function srvTargets(
  name: string,
  protocol: TransportProtocol,
  options: LocateOptions,
): Promise<Target[]> {
  const records = await options.nameService.srv(name).catch((): readonly SrvRecord[] => []);
  // RFC 2782: a target of '.' says that there is no such service.
  const offered = records.filter((record) => record.name !== '.' && record.name !== '');
  return inOrder(offered, options.random).map((record) => ({
    protocol,
    host: record.name,
    port: record.port,
  }));
}

/** RFC 2782: by priority, and within one priority at random by weight. */
export function inOrder(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  const ordered: SrvRecord[] = [];
  // Weight 0 first, so that it has a small chance where the draw is 0.
  let left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  for (let first = left[0]; first !== undefined; first = left[0]) {
    const { priority } = first;
    const drawn =
      draw(
        left.filter((record) => record.priority === priority),
        random,
      ) ?? first;
    ordered.push(drawn);
    left = left.filter((record) => record !== drawn);
  }
  return ordered;
}

function draw(group: readonly SrvRecord[], random: Random): SrvRecord | undefined {
  const sum = group.reduce((total, { weight }) => total + weight, 0);
  if (group.length === 1 || sum === 0) return group[0];
  const [high = 0, middle = 0, low = 0] = random.bytes(3);
  let chosen = ((high << 16) | (middle << 8) | low) % (sum + 1);
  return group.find(({ weight }) => (chosen -= weight) <= 0);
}

async function* addressesOf(
  target: Target,
  options: LocateOptions,
  serverName: string,
): AsyncGenerator<Destination> {
  const { protocol, host, port } = target;
  // RFC 5922 section 4: the certificate is that of the domain asked for, not of the server that DNS named.
  const name = isSecure(protocol) && addressFamily(serverName) === 0 ? { serverName } : {};
  const family = addressFamily(host);
  if (family !== 0) {
    yield { protocol, host, port, ...name };
    return;
  }
  const addresses = await options.nameService.addresses(host).catch(() => []);
  for (const { address, family } of addresses)
    if (options.supports(protocol, family)) yield { protocol, host: address, port, ...name };
}
