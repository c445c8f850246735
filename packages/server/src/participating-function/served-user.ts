import { canonicalUser } from '@restante/cpm';
import type { CpmUser } from '@restante/cpm';
import { MalformedMessage, parseUri } from '@restante/sip';
import type { Uri } from '@restante/sip';

/** The user of our domain that an address means; undefined for everybody else. */
export function servedUser(uri: Uri, domain: string): CpmUser | undefined {
  if (uri.kind === 'absolute') return undefined;
  if (uri.kind === 'sip' && (uri.user === undefined || uri.user === '' || uri.host !== domain))
    return undefined;
  return canonicalUser(uri, domain);
}

/** Do two SIP addresses name the same user at the same host? Ports and parameters are ways, not names. */
export function isSameAddress(a: Uri, b: Uri): boolean {
  return a.kind === 'sip' && b.kind === 'sip' && a.user === b.user && a.host === b.host;
}

/** The URI in a text that may not hold one. */
export function readableUri(text: string): Uri | undefined {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

/** Is the host of a URI an IP address, so that no name service is asked? */
export function isNumericHost(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}
