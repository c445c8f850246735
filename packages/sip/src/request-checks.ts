import { quoted } from './protocol/malformed-message.ts';
import type { SipRequest } from './protocol/message.ts';
import { contacts, contentType, maxForwards, to, tokens } from './protocol/readers.ts';
import { SipRejection } from './rejection.ts';

/** What the checks of RFC 3261 section 8.2 compare every request with. */
export interface AgentFacts {
  readonly allowed: readonly string[];
  readonly schemes: readonly string[];
  readonly supported: ReadonlySet<string>;
  /** The media types of bodies; undefined leaves them to the handlers. */
  readonly accept: readonly string[] | undefined;
}

/** What is to be known about one request besides. */
export interface RequestFacts {
  /** There is somebody for this method, though it is not among the allowed ones. */
  readonly taken: boolean;
  /** Another transaction has the same From tag, Call-ID and CSeq. */
  readonly merged: boolean;
  readonly inDialog: boolean;
}

const list = (values: readonly string[]): string => values.join(', ');

function schemeOf(uri: string): string {
  const colon = uri.indexOf(':');
  return colon === -1 ? '' : uri.slice(0, colon).toLowerCase();
}

/** RFC 3261 sections 8.2.1 to 8.2.3, in their order, and 12.2.2. */
export function checkRequest(
  request: SipRequest,
  agent: AgentFacts,
  facts: RequestFacts,
): SipRejection | undefined {
  const { method } = request;
  if (!facts.taken && !agent.allowed.includes(method))
    return new SipRejection(405, {
      reason: `${method} Is Not Allowed`,
      headers: [['Allow', list(agent.allowed)]],
    });
  const scheme = schemeOf(request.uri);
  if (!agent.schemes.includes(scheme))
    return new SipRejection(416, { reason: `Unsupported URI Scheme ${quoted(scheme)}` });
  if (facts.merged) return new SipRejection(482, { reason: 'Merged Request' });
  return (
    checkDialog(request, facts) ??
    checkRequire(request, agent) ??
    checkContact(request) ??
    checkContent(request, agent)
  );
}

/** A REGISTER makes no dialog, and some user agents leave a tag in its To. */
function checkDialog(request: SipRequest, { inDialog }: RequestFacts): SipRejection | undefined {
  if (inDialog || request.method === 'REGISTER' || !to(request).parameters.has('tag')) return undefined;
  return new SipRejection(481, { reason: 'No Such Dialog' });
}

/** RFC 3261 section 8.2.2.3. */
function checkRequire(request: SipRequest, { supported }: AgentFacts): SipRejection | undefined {
  if (!request.headers.has('Require')) return undefined;
  const unsupported = tokens(request, 'Require').filter((tag) => !supported.has(tag.toLowerCase()));
  if (unsupported.length === 0) return undefined;
  return new SipRejection(420, {
    reason: `Bad Extension: ${list(unsupported)}`.slice(0, 90),
    headers: [['Unsupported', list(unsupported)]],
  });
}

/** RFC 3261 section 8.1.1.8: found before the handler has done anything that an unanswerable INVITE would leave behind. */
function checkContact(request: SipRequest): SipRejection | undefined {
  if (request.method !== 'INVITE') return undefined;
  const listed = contacts(request);
  return listed === '*' || listed.length === 0
    ? new SipRejection(400, { reason: 'Contact: missing' })
    : undefined;
}

/** RFC 3261 section 8.2.3. */
function checkContent(request: SipRequest, { accept }: AgentFacts): SipRejection | undefined {
  if (accept === undefined || request.body.length === 0) return undefined;
  const media = contentType(request);
  if (media === undefined) return new SipRejection(400, { reason: 'Content-Type: missing' });
  if (accept.includes(media.name)) return undefined;
  const reason = `Unsupported Media Type ${media.name}`.slice(0, 90);
  return new SipRejection(415, { reason, headers: [['Accept', list(accept)]] });
}

/**
 * For a handler that forwards what it receives (RFC 3261 section 16.3): throws 483 where Max-Forwards is 0. A user
 * agent that is the request's last hop answers it whatever Max-Forwards says, so this is no check of section 8.2.
 */
export function requireHops(request: SipRequest): void {
  if (maxForwards(request) === 0) throw new SipRejection(483);
}
