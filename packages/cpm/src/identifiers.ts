import type { AcceptContact, FeatureSet, FeatureValue } from '@restante/sip';

/** The CPM services by their IMS communication service identifier (RFC 6050, OMA CPM). */
export const services = {
  msg: '3gpp-service.ims.icsi.oma.cpm.msg',
  msgGroup: '3gpp-service.ims.icsi.oma.cpm.msg.group',
  largemsg: '3gpp-service.ims.icsi.oma.cpm.largemsg',
  largemsgGroup: '3gpp-service.ims.icsi.oma.cpm.largemsg.group',
  deferred: '3gpp-service.ims.icsi.oma.cpm.deferred',
  systemmsg: '3gpp-service.ims.icsi.oma.cpm.systemmsg',
  session: '3gpp-service.ims.icsi.oma.cpm.session',
  sessionGroup: '3gpp-service.ims.icsi.oma.cpm.session.group',
  filetransfer: '3gpp-service.ims.icsi.oma.cpm.filetransfer',
} as const;
export type CpmService = keyof typeof services;

/** The release version in User-Agent and Server (Appendix D): the protocol's part, a product may follow it. */
export const releaseVersion = { client: 'CPM-client/OMA1.0', server: 'CPM-serv/OMA1.0' } as const;

const urnPrefix = 'urn:urn-7:';
const icsiTag = '+g.3gpp.icsi-ref';
// Both directions are read on every request.
const serviceByName: ReadonlyMap<string, CpmService> = new Map(
  cpmServices().map((service) => [services[service], service]),
);

function cpmServices(): readonly CpmService[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant are its type
  return Object.keys(services) as readonly CpmService[];
}

/** The value of P-Preferred-Service and P-Asserted-Service. */
export function serviceUrn(service: CpmService): string {
  return urnPrefix + services[service];
}

/** The service that P-Preferred-Service, P-Asserted-Service or one value of a feature tag names, in any of its forms. */
export function serviceOf(text: string): CpmService | undefined {
  return serviceByName.get(serviceName(text));
}

/** The one `+g.3gpp.icsi-ref` parameter of a Contact, colons percent-encoded (RFC 3840 section 9). */
export function icsiFeature(...of: readonly CpmService[]): string {
  return `${icsiTag}="${of.map((service) => serviceUrn(service).replaceAll(':', '%3A')).join(',')}"`;
}

export interface AcceptContactOptions {
  /** RFC 3841 section 9.2: no match, no delivery. */
  readonly require?: boolean;
  /** RFC 3841 section 9.2: a contact that does not say so does not match. */
  readonly explicit?: boolean;
}

/** An Accept-Contact value for one service. */
export function acceptContactFor(service: CpmService, options: AcceptContactOptions = {}): string {
  const { require = false, explicit = false } = options;
  return `*;${icsiFeature(service)}${require ? ';require' : ''}${explicit ? ';explicit' : ''}`;
}

/**
 * Does the set name this service? The URN may be percent-encoded or plain, with or without `urn:urn-7:`, in any
 * case, one of a list, quoted or not.
 */
export function hasService(features: FeatureSet, service: CpmService): boolean {
  return (features.get(icsiTag) ?? []).some((value) => valueNames(value).includes(services[service]));
}

/** Does the set name any service, of CPM or not? A plain SIP phone names none. */
export function namesServices(features: FeatureSet): boolean {
  return features.has(icsiTag);
}

/** The CPM services that the Accept-Contact rows of a request name: how a pull and a notification are recognised. */
export function requestedServices(acceptContacts: Iterable<AcceptContact>): ReadonlySet<CpmService> {
  const named = new Set<CpmService>();
  for (const { features } of acceptContacts) {
    for (const name of (features.get(icsiTag) ?? []).flatMap(valueNames)) {
      const service = serviceByName.get(name);
      if (service !== undefined) named.add(service);
    }
  }
  return named;
}

// A comma may have been percent-encoded together with the rest, or stand within the angle brackets.
function valueNames(value: FeatureValue): readonly string[] {
  if (value.kind === 'string' || (value.kind === 'token' && !value.negated))
    return value.value.split(',').map(serviceName);
  return [];
}

function serviceName(text: string): string {
  const name = text
    .trim()
    .replace(/^[<"]+/, '')
    .replace(/[>"]+$/, '')
    .replaceAll(/%3A/gi, ':')
    .toLowerCase();
  return name.startsWith(urnPrefix) ? name.slice(urnPrefix.length) : name;
}
