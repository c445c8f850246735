import type { HeaderFields } from './header-fields.ts';
import { nameNumber } from './header-names.ts';
import { MalformedMessage, quoted } from './malformed-message.ts';
import type { SipMessage, SipRequest } from './message.ts';
import {
  accepts,
  callId,
  contacts,
  contentDisposition,
  contentLength,
  contentType,
  cseq,
} from './readers.ts';
import { date, expires, from, maxForwards, recordRoutes, routes, to, vias } from './readers.ts';
import { parseUri } from './uri.ts';

/** RFC 3261 section 8.1.1; Max-Forwards is left out because RFC 2543 did not have it. */
const mandatory = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;

/** RFC 3261 section 7.3.1: these are no lists, so they stand once at most. */
const single: ReadonlySet<number> = new Set(
  `From To Call-ID CSeq Max-Forwards Content-Length Content-Type Content-Disposition Expires Min-Expires Date
   Retry-After Event MIME-Version Subject User-Agent Server`
    .split(/\s+/)
    .map(nameNumber),
);

/** What tells which request a response is for, so that it has to be beyond doubt. */
const singleInResponse: ReadonlySet<number> = new Set(
  ['From', 'To', 'Call-ID', 'CSeq', 'Content-Length'].map(nameNumber),
);

/**
 * Checks what every element has to be able to rely on: the mandatory header fields are there, those that cannot
 * be repeated stand once, those the stack reads are well-formed, and CSeq names the method (RFC 3261 section 8.1.1).
 * Of a response no more is asked than what finds its request: one that is dropped for its Date costs a timeout.
 * Throws MalformedMessage. The extensions asked for, the scheme and the hops left are for the layers above.
 */
export function validateMessage(message: SipMessage): void {
  if (message.kind === 'response') {
    checkPresence(message.headers, singleInResponse);
    checkIdentity(message);
    return;
  }
  try {
    checkPresence(message.headers, single);
    checkForm(message);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new MalformedMessage(error.message, { status: error.status, partial: message });
  }
}

function checkPresence(headers: HeaderFields, once: ReadonlySet<number>): void {
  for (const name of mandatory) if (!headers.has(name)) throw new MalformedMessage(`${name}: missing`);
  const repeated = headers.repeated(once);
  if (repeated !== undefined) throw new MalformedMessage(`${quoted(repeated)}: more than one`);
}

function checkIdentity(message: SipMessage): void {
  cseq(message);
  callId(message);
  parseUri(from(message).uri, 'From');
  parseUri(to(message).uri, 'To');
  vias(message);
}

function checkForm(message: SipRequest): void {
  checkIdentity(message);
  const { method } = cseq(message);
  if (method !== message.method)
    throw new MalformedMessage(`CSeq: method ${quoted(message.method)} expected, found ${quoted(method)}`);
  checkRequestUri(message.uri);
  maxForwards(message);
  contentLength(message);
  contentType(message);
  contentDisposition(message);
  expires(message);
  date(message);
  accepts(message);
  const addresses = contacts(message);
  if (addresses !== '*') for (const { uri } of addresses) parseUri(uri, 'Contact');
  for (const { uri } of routes(message)) parseUri(uri, 'Route');
  for (const { uri } of recordRoutes(message)) parseUri(uri, 'Record-Route');
}

function checkRequestUri(text: string): void {
  const uri = parseUri(text, 'Request-URI');
  // RFC 3261 section 19.1.1.
  if (uri.kind === 'sip' && uri.headers.size > 0)
    throw new MalformedMessage('Request-URI: holds header fields');
}
