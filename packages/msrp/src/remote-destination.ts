import type { MsrpDestination } from './ports.ts';
import type { MsrpMedia } from './protocol/sdp.ts';
import { firstOf } from './protocol/uri.ts';

/** RFC 4975 section 15.4. */
const defaultPort = 2855;

/**
 * Where to connect to reach the other side: the next hop of its path, but by RFC 6714 the address of its c= and m=
 * lines where it asks for that and no relay is in the path.
 */
export function destinationOf(
  media: Pick<MsrpMedia, 'path' | 'fingerprint' | 'hasCema' | 'address' | 'port'>,
): MsrpDestination {
  const { path, fingerprint, hasCema, address, port } = media;
  const { scheme, host, port: pathPort = defaultPort } = firstOf(path);
  const place =
    hasCema && path.length === 1 && address !== undefined
      ? { host: address.host, port }
      : { host, port: pathPort };
  return {
    protocol: scheme === 'msrps' ? 'TLS' : 'TCP',
    ...place,
    ...(fingerprint !== undefined && { fingerprint }),
  };
}
