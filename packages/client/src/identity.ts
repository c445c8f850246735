import { type CpmService, icsiFeature, uuid } from '@restante/cpm';
import {
  type Random,
  type SipRequest,
  type Transport,
  noBody,
  parseUri,
  serializeNameAddress,
  serializeUri,
  noParameters,
  HeaderFields,
} from '@restante/sip';
import type { CpmClientOptions } from './options.ts';

/** The services a Contact of this client names: what it can take today. */
export const ownServices: readonly CpmService[] = ['msg', 'deferred', 'systemmsg'];

/** Who this client is and where it can be reached. */
export interface ClientIdentity {
  readonly user: string;
  readonly displayName: string | undefined;
  /** Request-URI of a REGISTER. */
  readonly registrar: string;
  readonly username: string;
  readonly password: string | undefined;
  /** `urn:uuid:…` */
  readonly instance: string;
  readonly trusted: boolean;
  /** The address of the socket that faces the server, as a URI. */
  readonly contactUri: string;
  /** The host of that address, without brackets. */
  readonly host: string;
}

export function identityOf(options: CpmClientOptions, transport: Transport, random: Random): ClientIdentity {
  const { user, username, password, domain, displayName, instance, trusted = false } = options;
  const ownHost = options.publicHost ?? transport.local.host;
  const uri = parseUri(user);
  const userPart = uri.kind === 'sip' ? (uri.user ?? '') : uri.kind === 'tel' ? uri.number : '';
  const host = domain ?? (uri.kind === 'sip' ? uri.host : undefined);
  if (userPart === '' || host === undefined)
    throw new TypeError(`a user and a domain are needed, not ${user}`);
  return {
    user,
    displayName,
    registrar: `sip:${bracketed(host)}`,
    username: username ?? userPart,
    password,
    instance: instance ?? `urn:uuid:${uuid(random.bytes(16))}`,
    trusted,
    contactUri: contactUriOf(userPart, ownHost, transport),
    host: ownHost,
  };
}

function contactUriOf(user: string, host: string, { local, protocol }: Transport): string {
  return serializeUri({
    kind: 'sip',
    scheme: 'sip',
    user,
    host,
    ...(local.port !== 0 && { port: local.port }),
    // RFC 7118 section 5.2.4: a WebSocket client writes ws for both.
    parameters:
      protocol === 'UDP'
        ? noParameters
        : new Map([['transport', protocol.toLowerCase().replace('wss', 'ws')]]),
    headers: new Map(),
  });
}

/** A Contact value that names the device (RFC 5626 section 4.1) and services (RFC 3840). */
export function contactValue(
  uri: string,
  instance: string,
  services: readonly CpmService[],
  ...parameters: readonly string[]
): string {
  return [`<${uri}>`, `+sip.instance="<${instance}>"`, icsiFeature(...services), ...parameters].join(';');
}

/** What differs from one request to the next. */
export interface RequestDraft {
  readonly method: string;
  readonly uri: string;
  /** To, where it is not the Request-URI. */
  readonly to?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/** A request of this user; the user agent core adds what RFC 3261 section 8.1.1 asks for besides. */
export function requestBy(
  identity: ClientIdentity,
  serviceRoutes: readonly string[],
  { method, uri, to = uri, headers, body = noBody }: RequestDraft,
): SipRequest {
  const { user, displayName, trusted } = identity;
  const from = serializeNameAddress({
    uri: user,
    parameters: noParameters,
    ...(displayName && { displayName }),
  });
  const rows: (readonly [string, string])[] = [
    ...serviceRoutes.map((route) => ['Route', route] as const),
    ['From', from],
    ['To', `<${to}>`],
    [trusted ? 'P-Asserted-Identity' : 'P-Preferred-Identity', `<${user}>`],
    ...headers,
  ];
  return { kind: 'request', method, uri, headers: HeaderFields.of(rows), body };
}

/** RFC 3455 and RFC 6050: who may assert a service asserts it, everybody else prefers it. */
export function serviceHeaderName({ trusted }: ClientIdentity): string {
  return trusted ? 'P-Asserted-Service' : 'P-Preferred-Service';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
