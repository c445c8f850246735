import ipaddr from 'ipaddr.js';
import { UnreadableValue } from './units.ts';

/** Where the server takes SIP. Port 0 lets the system choose. */
export interface ListenAddress {
  readonly protocol: 'UDP' | 'TCP' | 'TLS';
  /** An IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const protocols: Readonly<Record<string, ListenAddress['protocol']>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };

const listenHint = 'write udp:127.0.0.1:5060, tcp:[::1]:5060 or tls:0.0.0.0:5061';

export function readListenAddress(text: string): ListenAddress {
  const [, scheme = '', bracketed, plain, digits] =
    /^(udp|tcp|tls):(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text.trim()) ?? [];
  if (scheme === '') throw new UnreadableValue(`'${text}' is not a listening address; ${listenHint}`);
  const protocol = protocols[scheme.toLowerCase()] ?? 'UDP';
  const host = bracketed ?? plain ?? '';
  const isAddress =
    bracketed === undefined ? ipaddr.IPv4.isValidFourPartDecimal(host) : ipaddr.IPv6.isValid(host);
  if (!isAddress) throw new UnreadableValue(`'${host}' in '${text}' is not an IP address; ${listenHint}`);
  const port = digits === undefined ? defaultPort(protocol) : Number(digits);
  if (port > 65_535) throw new UnreadableValue(`port ${port} in '${text}' is above 65535`);
  return { protocol, host, port };
}

export function writeListenAddress({ protocol, host, port }: ListenAddress): string {
  return `${protocol.toLowerCase()}:${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** RFC 3261 section 18.1.1 and 26.2.2: 5060, and 5061 over TLS. */
function defaultPort(protocol: ListenAddress['protocol']): number {
  return protocol === 'TLS' ? 5061 : 5060;
}

/** A network in CIDR form; a bare address is a network of one. */
export interface Network {
  readonly text: string;
  readonly base: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefix: number;
}

export function readNetwork(text: string): Network {
  const written = text.trim();
  const [address = '', length, ...rest] = written.split('/');
  const unbracketed = address.replace(/^\[(.*)\]$/, '$1');
  const known = ipaddr.IPv4.isValidFourPartDecimal(unbracketed) || ipaddr.IPv6.isValid(unbracketed);
  const complaint = `'${text}' is not a network; write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32`;
  if (!known || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) {
    throw new UnreadableValue(complaint);
  }
  const parsed = ipaddr.parse(unbracketed);
  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) throw new UnreadableValue(complaint);
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8: a dual-stack socket shows IPv4 peers that way.
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && prefix >= 96) {
    return { text: written, base: parsed.toIPv4Address(), prefix: prefix - 96 };
  }
  return { text: written, base: parsed, prefix };
}

const rememberedAddresses = 4096;

/** A test for membership that remembers its last answers: it is asked for every request. */
export function membershipIn(networks: readonly Network[]): (host: string) => boolean {
  const answers = new Map<string, boolean>();
  return (host) => {
    const known = answers.get(host);
    if (known !== undefined) return known;
    if (answers.size >= rememberedAddresses) answers.clear();
    const answer = networks.some((network) => contains(network, host));
    answers.set(host, answer);
    return answer;
  };
}

function contains({ base, prefix }: Network, host: string): boolean {
  const zoneless = host.replace(/^\[|\]$|%.*$/g, '');
  if (!ipaddr.isValid(zoneless)) return false;
  const address = ipaddr.process(zoneless);
  return address.kind() === base.kind() && address.match(base, prefix);
}
