import type { SipUri, TelUri, Uri } from './uri.ts';

// RFC 3261 section 19.1.4: these count even where only one of the two URIs has them.
const decisiveParameters = ['user', 'ttl', 'method', 'maddr'];

/** Equivalence by RFC 3261 section 19.1.4 (sip, sips) and RFC 3966 section 4 (tel); other schemes by their text. */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.kind === 'sip' && b.kind === 'sip') return sipUriEquals(a, b);
  if (a.kind === 'tel' && b.kind === 'tel') return telUriEquals(a, b);
  if (a.kind !== 'absolute' || b.kind !== 'absolute' || a.scheme !== b.scheme) return false;
  return a.text.slice(a.scheme.length) === b.text.slice(b.scheme.length);
}

function sipUriEquals(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password) return false;
  if (a.host !== b.host || a.port !== b.port) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other === undefined ? decisiveParameters.includes(name) : !sameText(value, other)) return false;
  }
  for (const name of decisiveParameters) if (b.parameters.has(name) && !a.parameters.has(name)) return false;
  return sameHeaders(a.headers, b.headers);
}

function sameHeaders(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  const others = new Map([...b].map(([name, value]) => [name.toLowerCase(), value]));
  return [...a].every(([name, value]) => others.get(name.toLowerCase()) === value);
}

function telUriEquals(a: TelUri, b: TelUri): boolean {
  if (a.global !== b.global || a.number.toLowerCase() !== b.number.toLowerCase()) return false;
  if (a.parameters.size !== b.parameters.size) return false;
  return [...a.parameters].every(([name, value]) => {
    const other = b.parameters.get(name);
    if (other === undefined) return false;
    // RFC 3966 section 5.1.5: a phone-context in the form of a number has separators that do not count.
    return sameText(withoutSeparators(value), withoutSeparators(other));
  });
}

function withoutSeparators(value: string | true): string | true {
  return value !== true && /^\+?[0-9.()-]+$/.test(value) ? value.replace(/[-.()]/g, '') : value;
}

function sameText(a: string | true, b: string | true): boolean {
  return a === b || (a !== true && b !== true && a.toLowerCase() === b.toLowerCase());
}
