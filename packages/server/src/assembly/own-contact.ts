import type { Flow } from '@restante/sip';
import type { Configuration } from '../config.ts';

const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Our Contact value as the peer of this flow reaches us: the address it used, unless another one is advertised. */
export function ownContact({
  advertisedHost,
}: Pick<Configuration, 'advertisedHost'>): (flow: Flow) => string {
  return ({ protocol, local }) => {
    const host = advertisedHost ?? local.host;
    const written = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    const transport = protocol === 'UDP' ? '' : `;transport=${protocol.toLowerCase()}`;
    return `<sip:${written}:${local.port}${transport}>`;
  };
}

/** Does the server listen on all addresses over UDP, where no datagram tells which of them a peer used? */
export function needsAdvertisedHost({ listen, advertisedHost }: Configuration): boolean {
  return (
    advertisedHost === undefined &&
    listen.some(({ protocol, host }) => protocol === 'UDP' && wildcards.has(host))
  );
}
