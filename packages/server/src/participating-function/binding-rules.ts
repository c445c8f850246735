import { parseUri, uriEquals } from '@restante/sip';
import type { Instant } from '@restante/sip';
import { temporaryGruuLimit } from './gruu.ts';
import type { Binding } from './ports.ts';
import type { RegistrationRequest, RequestedContact } from './registration-request.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

type Limits = ParticipatingFunctionSettings['registration'];

export interface RegistrationFacts {
  readonly request: RegistrationRequest;
  /** The user's bindings that have not expired. */
  readonly current: readonly Binding[];
  readonly now: Instant;
  readonly limits: Limits;
  /** The GRUUs of an instance, a fresh temporary one at each call (RFC 5627). */
  readonly gruusOf: (instance: string) => { readonly public: string; readonly temporary: string };
}

export type RegistrationDecision =
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly reason?: string;
      readonly headers?: readonly (readonly [string, string])[];
    }
  /** Nothing was asked to change. */
  | { readonly kind: 'unchanged' }
  /** All bindings that the user has from now on; `outbound`: a flow was registered (RFC 5626). */
  | { readonly kind: 'replace'; readonly bindings: readonly Binding[]; readonly outbound: boolean };

/** RFC 3261 section 10.3 step 7: 423 only below an hour. */
const briefBelowSeconds = 3600;

// RFC 3261 section 10.3 step 7 says that the request fails and not how; section 12.2.2 answers the same fault with 500.
const outdated: RegistrationDecision = {
  kind: 'refuse',
  status: 500,
  reason: 'CSeq is not above that of the last REGISTER',
};

/** What a REGISTER does to a user's bindings: all of it or nothing (RFC 3261 section 10.3, RFC 5626 section 6). */
export function decideRegistration(facts: RegistrationFacts): RegistrationDecision {
  const { request, current, limits } = facts;
  const { contacts } = request;
  if (contacts === 'fetch') return { kind: 'unchanged' };
  if (contacts === 'remove-all')
    return current.some((binding) => isOutdated(request, binding))
      ? outdated
      : { kind: 'replace', bindings: [], outbound: false };
  if (contacts.some(({ expiresSeconds }) => isTooBrief(expiresSeconds, limits)))
    return { kind: 'refuse', status: 423, headers: [['Min-Expires', String(limits.minimumSeconds)]] };
  const outbound = contacts.some(({ regId }) => regId !== undefined) && request.supported.has('outbound');
  if (outbound && !request.firstHopKeepsFlows) return { kind: 'refuse', status: 439 };
  return applyContacts(facts, contacts, outbound);
}

function isTooBrief(seconds: number, { minimumSeconds }: Limits): boolean {
  return seconds > 0 && seconds < minimumSeconds && seconds < briefBelowSeconds;
}

function applyContacts(
  facts: RegistrationFacts,
  contacts: readonly RequestedContact[],
  outbound: boolean,
): RegistrationDecision {
  const { request, current, limits } = facts;
  let bindings = current;
  for (const contact of contacts) {
    const replaced = bindings.filter((binding) => isSameBinding(binding, contact, outbound));
    if (replaced.some((binding) => current.includes(binding) && isOutdated(request, binding)))
      return outdated;
    const others = bindings.filter((binding) => !replaced.includes(binding));
    bindings = contact.expiresSeconds === 0 ? others : [...others, bind(facts, contact, outbound)];
  }
  const most = Math.max(limits.contactsPerUser, current.length);
  if (bindings.length > most)
    bindings = bindings.filter((binding, at) => !isSuperseded(binding, bindings.slice(at + 1)));
  if (bindings.length > most)
    return { kind: 'refuse', status: 403, reason: `More than ${limits.contactsPerUser} contacts` };
  return { kind: 'replace', bindings, outbound };
}

/** RFC 3261 section 10.3 step 7: the same Call-ID, and not a higher number. */
function isOutdated({ callId, sequence }: RegistrationRequest, binding: Binding): boolean {
  return binding.callId === callId && sequence <= binding.sequence;
}

/** RFC 5626 section 6: a flow is known by instance and reg-id, every other binding by its URI. */
function isSameBinding(binding: Binding, contact: RequestedContact, outbound: boolean): boolean {
  if (outbound && contact.regId !== undefined && binding.regId !== undefined)
    return binding.instance === contact.instance && binding.regId === contact.regId;
  return uriEquals(parseUri(binding.contact), contact.uri);
}

/** A device that moves often and does not sign off has one client still: what it left behind makes room first. */
function isSuperseded({ instance, regId }: Binding, later: readonly Binding[]): boolean {
  return (
    instance !== undefined &&
    later.some((binding) => binding.instance === instance && binding.regId === regId)
  );
}

function bind(
  { request, now, limits, gruusOf, current }: RegistrationFacts,
  contact: RequestedContact,
  outbound: boolean,
): Binding {
  const { instance, regId } = contact;
  const seconds = Math.min(contact.expiresSeconds, limits.maximumSeconds);
  const gruus = instance === undefined || !request.supported.has('gruu') ? undefined : gruusOf(instance);
  return {
    user: request.user,
    contact: contact.address,
    contactField: contact.field,
    ...(instance !== undefined && { instance }),
    ...(outbound && regId !== undefined && { regId }),
    path: request.path,
    callId: request.callId,
    sequence: request.sequence,
    q: contact.q,
    registeredAt: now,
    expiresAt: now + seconds * 1000,
    ...(request.userAgent !== undefined && { userAgent: request.userAgent }),
    ...(gruus !== undefined && { publicGruu: gruus.public }),
    temporaryGruus: gruus === undefined ? [] : [gruus.temporary, ...validGruus(current, request, instance)],
    flow: request.flow,
  };
}

// RFC 5627 section 5.4: they all stay valid until the instance registers with another Call-ID. Ours are bounded.
function validGruus(
  current: readonly Binding[],
  { callId }: RegistrationRequest,
  instance: string | undefined,
): readonly string[] {
  const earlier = current.filter((binding) => binding.instance === instance && binding.callId === callId);
  return [...new Set(earlier.flatMap(({ temporaryGruus }) => temporaryGruus))].slice(
    0,
    temporaryGruuLimit - 1,
  );
}
