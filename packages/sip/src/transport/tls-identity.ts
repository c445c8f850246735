import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';

/**
 * RFC 5922 section 7.2: the SIP URIs of the certificate decide where there are any, else its DNS names; wildcards
 * match nothing (section 7.1). An address instead of a name has to be among the certificate's addresses. Returns the error, if any.
 */
export function checkSipIdentity(serverName: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(serverName) !== 0) return checkAddress(serverName, certificate);
  const names = (certificate.subjectaltname ?? '').split(', ');
  const uris = valuesOf(names, 'URI:').filter((uri) => uri.toLowerCase().startsWith('sip:'));
  // A SIP URI with a user part names a person, not a domain.
  const domains = uris.map((uri) => uri.slice(4)).filter((domain) => !domain.includes('@'));
  const candidates = uris.length > 0 ? domains : dnsNames(names, certificate);
  if (candidates.some((name) => name.toLowerCase() === serverName.toLowerCase())) return undefined;
  return new Error(`the certificate is not for ${serverName} but for ${candidates.join(', ') || 'nobody'}`);
}

function checkAddress(address: string, certificate: PeerCertificate): Error | undefined {
  if (new X509Certificate(certificate.raw).checkIP(address) !== undefined) return undefined;
  return new Error(`the certificate is not for ${address}`);
}

function dnsNames(names: readonly string[], certificate: PeerCertificate): readonly string[] {
  const dns = valuesOf(names, 'DNS:');
  if (dns.length > 0) return dns;
  const commonName: string | readonly string[] | undefined = certificate.subject?.CN;
  if (commonName === undefined) return [];
  return typeof commonName === 'string' ? [commonName] : commonName;
}

function valuesOf(names: readonly string[], prefix: string): readonly string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
