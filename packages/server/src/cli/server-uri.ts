import type { ListenAddress } from '../config/addresses.ts';

/** Where the client commands look for a server that nobody names. */
export const defaultServer = 'sip:127.0.0.1:5060;transport=tcp';

/** What a client on this machine writes to reach a listening address. */
export function serverUri({ protocol, host, port }: ListenAddress): string {
  const reachable = reachableHost(host);
  const written = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `sip:${written}:${port};transport=${protocol.toLowerCase()}`;
}

/** What stands for a host on this machine, also where it listens on every address. */
export function reachableHost(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}
