/** 4 or 6 for the text of an IP address (IPv6 without brackets), 0 for a name. */
export function addressFamily(host: string): 0 | 4 | 6 {
  if (host.includes(':')) return 6;
  return isIpv4(host) ? 4 : 0;
}

export function isNumericHost(host: string): boolean {
  return addressFamily(host) !== 0;
}

/** A host as it stands in a URI or a Via: IPv6 in brackets. */
export function writtenHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** True for addresses that name the machine itself or no machine at all. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

/** A socket bound to it hears on every address. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isIpv4(host: string): boolean {
  let dots = 0;
  let digits = 0;
  for (let at = 0; at < host.length; at += 1) {
    const code = host.charCodeAt(at);
    if (code === 0x2e) {
      if (digits === 0) return false;
      dots += 1;
      digits = 0;
    } else {
      digits += 1;
      if (code < 0x30 || code > 0x39 || digits > 3) return false;
    }
  }
  return dots === 3 && digits > 0;
}
