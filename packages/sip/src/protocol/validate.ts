import type { NameAddress } from './header-values.ts';
import { nameBit, nameNumber, nameOfBit } from './header-names.ts';
import { MalformedMessage, quoted } from './malformed-message.ts';
import type { SipMessage, SipRequest } from './message.ts';
import {
  type HasHeaders,
  accepts,
  callId,
  contacts,
  contentDisposition,
  contentLength,
  contentType,
  cseq,
  date,
  expires,
  from,
  maxForwards,
  recordRoutes,
  routes,
  to,
  vias,
} from './readers.ts';
import { parseUri } from './uri.ts';

/** RFC 3261 section 8.1.1; Max-Forwards is left out because RFC 2543 did not have it. */
const mandatory = bitsOf(['Via', 'From', 'To', 'Call-ID', 'CSeq']);

/** RFC 3261 section 7.3.1: these are no lists, so they stand once at most. */
const single = bitsOf(
  `From To Call-ID CSeq Max-Forwards Content-Length Content-Type Content-Disposition Expires Min-Expires Date
   Retry-After Event MIME-Version Subject User-Agent Server`.split(/\s+/),
);

/** What tells which request a response is for, so that it has to be beyond doubt. */
const singleInResponse = bitsOf(['From', 'To', 'Call-ID', 'CSeq', 'Content-Length']);

type Reader = (message: HasHeaders) => unknown;

/** What is read of a request only where it stands there. */
const optional: readonly (readonly [bit: number, read: Reader])[] = Object.entries({
  'Max-Forwards': maxForwards,
  'Content-Length': contentLength,
  'Content-Type': contentType,
  'Content-Disposition': contentDisposition,
  Expires: expires,
  Date: date,
  Accept: accepts,
  Contact: checkContacts,
  Route: checkRoutes,
  'Record-Route': checkRecordRoutes,
} satisfies Readonly<Record<string, Reader>>).map(([name, read]) => [bitOf(name), read]);

function bitOf(name: string): number {
  const bit = nameBit(nameNumber(name));
  if (bit === 0) throw new TypeError(`${name} is not among the names that have a bit.`);
  return bit;
}

function bitsOf(names: readonly string[]): number {
  return names.reduce((bits, name) => bits | bitOf(name), 0);
}

/**
 * Checks what every element has to be able to rely on: the mandatory header fields are there, those that cannot
 * be repeated stand once, those the stack reads are well-formed, and CSeq names the method (RFC 3261 section 8.1.1).
 * Of a response no more is asked than what finds its request: one that is dropped for its Date costs a timeout.
 * Throws MalformedMessage. The extensions asked for, the scheme and the hops left are for the layers above.
 */
export function validateMessage(message: SipMessage): void {
  const { present, repeated } = message.headers.presence;
  if (message.kind === 'response') {
    checkPresence(present, repeated & singleInResponse);
    checkIdentity(message);
    return;
  }
  try {
    checkPresence(present, repeated & single);
    checkForm(message, present);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new MalformedMessage(error.message, { status: error.status, partial: message });
  }
}

function checkPresence(present: number, twice: number): void {
  const missing = mandatory & ~present;
  if (missing !== 0) throw new MalformedMessage(`${nameOfBit(missing)}: missing`);
  if (twice !== 0) throw new MalformedMessage(`${nameOfBit(twice)}: more than one`);
}

function checkIdentity(message: SipMessage): void {
  cseq(message);
  callId(message);
  parseUri(from(message).uri, 'From');
  parseUri(to(message).uri, 'To');
  vias(message);
}

function checkForm(message: SipRequest, present: number): void {
  checkIdentity(message);
  const { method } = cseq(message);
  if (method !== message.method)
    throw new MalformedMessage(`CSeq: method ${quoted(message.method)} expected, found ${quoted(method)}`);
  checkRequestUri(message.uri);
  for (const [bit, read] of optional) if ((present & bit) !== 0) read(message);
}

function checkRequestUri(text: string): void {
  const uri = parseUri(text, 'Request-URI');
  // RFC 3261 section 19.1.1.
  if (uri.kind === 'sip' && uri.headers.size > 0)
    throw new MalformedMessage('Request-URI: holds header fields');
}

function checkContacts(message: HasHeaders): void {
  const addresses = contacts(message);
  if (addresses !== '*') checkAddresses(addresses, 'Contact');
}

function checkRoutes(message: HasHeaders): void {
  checkAddresses(routes(message), 'Route');
}

function checkRecordRoutes(message: HasHeaders): void {
  checkAddresses(recordRoutes(message), 'Record-Route');
}

function checkAddresses(addresses: readonly NameAddress[], field: string): void {
  for (const { uri } of addresses) parseUri(uri, field);
}
