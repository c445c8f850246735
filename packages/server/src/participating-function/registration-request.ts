import {
  callId,
  contacts,
  cseq,
  detach,
  MalformedMessage,
  parseUri,
  paths,
  serializeNameAddress,
  SipRejection,
  tokens,
  vias,
} from '@restante/sip';
import type { Flow, NameAddress, Parameters, SipRequest, SipUri } from '@restante/sip';
import type { CpmUser } from '@restante/cpm';
import type { Binding } from './ports.ts';

/** The flow of a REGISTER that came through a proxy: nothing but the Path leads back to the client. */
export const throughProxy = 'proxied';

/** One Contact of a REGISTER with what it asks for. */
export interface RequestedContact {
  readonly uri: SipUri;
  readonly address: string;
  /** The Contact value without what only this request means: expires and the GRUUs of an earlier answer. */
  readonly field: string;
  /** 0: remove it. */
  readonly expiresSeconds: number;
  readonly q: number;
  readonly instance?: string;
  readonly regId?: number;
}

/** What a REGISTER asks for; everything the decision needs of it. */
export interface RegistrationRequest {
  readonly user: CpmUser;
  /** `fetch`: it only asks what is registered (RFC 3261 section 10.2.3). */
  readonly contacts: 'fetch' | 'remove-all' | readonly RequestedContact[];
  readonly callId: string;
  readonly sequence: number;
  readonly path: readonly string[];
  readonly supported: ReadonlySet<string>;
  /** It came from the client itself, or through a first proxy that keeps flows (RFC 5626 section 6). */
  readonly firstHopKeepsFlows: boolean;
  readonly userAgent?: string;
  readonly flow: Binding['flow'];
}

/** RFC 3261 section 20.19: what an expiry that is no number counts as. */
const secondsOfMalformedExpiry = 3600;
/** RFC 3261 section 20.19: expiry times go up to 2**32-1. */
const maximumSeconds = 2 ** 32 - 1;
/** RFC 5626 section 4.2: 1 to 2**31-1. */
const maximumRegId = 2 ** 31 - 1;

/** Reads a REGISTER (RFC 3261 section 10.3 steps 6 and 7, RFC 3327, RFC 5626); throws the rejection of what cannot be meant. */
export function readRegistrationRequest(
  request: SipRequest,
  user: CpmUser,
  flow: Flow,
  defaultSeconds: number,
): RegistrationRequest {
  const path = paths(request);
  const supported = new Set(tokens(request, 'Supported').map((tag) => tag.toLowerCase()));
  if (path.length > 0 && !supported.has('path'))
    throw new SipRejection(421, { headers: [['Require', 'path']] });
  const hops = vias(request).length;
  const userAgent = request.headers.get('User-Agent');
  return {
    user,
    contacts: readContacts(request, defaultSeconds),
    callId: detach(callId(request)),
    sequence: cseq(request).sequence,
    path: path.map((value) => detach(serializeNameAddress(value))),
    supported,
    firstHopKeepsFlows: hops === 1 || path.some(keepsFlows),
    ...(userAgent !== undefined && { userAgent: detach(userAgent) }),
    flow: {
      id: hops === 1 ? flow.id : throughProxy,
      protocol: flow.protocol,
      host: flow.remote.host,
      port: flow.remote.port,
    },
  };
}

function keepsFlows({ uri }: NameAddress): boolean {
  const hop = parseUri(uri);
  return hop.kind === 'sip' && hop.parameters.has('ob');
}

function readContacts(request: SipRequest, defaultSeconds: number): RegistrationRequest['contacts'] {
  const listed = contacts(request);
  const header = secondsOr(request.headers.get('Expires'), defaultSeconds);
  if (listed === '*') {
    // RFC 3261 section 10.2.2: '*' means removal and nothing else.
    if (header !== 0) throw new SipRejection(400, { reason: "Contact: '*' needs Expires: 0" });
    return 'remove-all';
  }
  if (listed.length === 0) return 'fetch';
  const requested = listed.map((contact) => readContact(contact, header));
  const flows = requested.filter(({ regId, expiresSeconds }) => regId !== undefined && expiresSeconds > 0);
  // RFC 5626 section 6: one flow in one REGISTER.
  if (flows.length > 1) throw new SipRejection(400, { reason: 'Contact: more than one reg-id' });
  return requested;
}

function readContact(contact: NameAddress, headerSeconds: number): RequestedContact {
  const uri = parseUri(contact.uri);
  if (uri.kind !== 'sip')
    throw new MalformedMessage('Contact: only sip and sips addresses can be registered');
  const instance = textOf(contact.parameters, '+sip.instance');
  const regId = readRegId(contact.parameters, instance);
  return {
    uri,
    address: detach(contact.uri),
    field: detach(serializeNameAddress({ ...contact, parameters: lasting(contact.parameters) })),
    expiresSeconds: secondsOr(textOf(contact.parameters, 'expires'), headerSeconds),
    q: readQ(textOf(contact.parameters, 'q')),
    ...(instance !== undefined && { instance: detach(instance) }),
    ...(regId !== undefined && { regId }),
  };
}

const passing: ReadonlySet<string> = new Set(['expires', 'pub-gruu', 'temp-gruu', 'temp-gruu-cookie']);

function lasting(parameters: Parameters): Parameters {
  return new Map([...parameters].filter(([name]) => !passing.has(name)));
}

function textOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

// RFC 5626 section 6: without an instance a reg-id means nothing.
function readRegId(parameters: Parameters, instance: string | undefined): number | undefined {
  const written = parameters.get('reg-id');
  if (written === undefined || instance === undefined) return undefined;
  const regId = Number(written);
  if (!Number.isInteger(regId) || regId < 1 || regId > maximumRegId)
    throw new MalformedMessage('Contact: reg-id is not a number above 0');
  return regId;
}

function secondsOr(written: string | undefined, fallback: number): number {
  if (written === undefined) return fallback;
  return /^\d+$/.test(written) ? Math.min(Number(written), maximumSeconds) : secondsOfMalformedExpiry;
}

/** RFC 3261 section 20.10: 1 where there is none; what is no qvalue counts as none. */
function readQ(written: string | undefined): number {
  return written !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(written) ? Number(written) : 1;
}
