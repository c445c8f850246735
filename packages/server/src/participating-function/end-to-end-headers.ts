import { isAnonymous, serviceOf, serviceUrn } from '@restante/cpm';
import { detach, from, serializeNameAddress, serializeSipDate, to } from '@restante/sip';
import type { Instant, NameAddress, SipRequest } from '@restante/sip';
import { Memo } from './memo.ts';
import type { Originator } from './requester.ts';

type Rows = readonly (readonly [name: string, value: string])[];

/** RFC 3261 section 7.3.3 and the registry of compact forms: a stored name is the long one. */
const longNames: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Belongs to one hop, to one transaction, or to the sender's own network: it ends here. */
const ending: ReadonlySet<string> = new Set([
  'via',
  'route',
  'record-route',
  'path',
  'service-route',
  'max-forwards',
  'max-breadth',
  'call-id',
  'cseq',
  'contact',
  'content-length',
  'authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'proxy-require',
  'require',
  'supported',
  'allow',
  'accept',
  'user-agent',
  'server',
  'timestamp',
  'security-client',
  'security-verify',
  'security-server',
  'from',
  'to',
  'p-asserted-identity',
  'p-preferred-identity',
  'p-served-user',
  'p-asserted-service',
  'p-preferred-service',
  'p-access-network-info',
  'p-visited-network-id',
  'p-charging-vector',
  'p-charging-function-addresses',
  'p-profile-key',
  'p-user-database',
  'session-id',
]);

/** The long form of a name, or that it ends here. The same few come with every request. */
const fates = new Memo<{ readonly stored: string | undefined }>();

function fateOf(written: string): { readonly stored: string | undefined } {
  const name = longNames[written.toLowerCase()] ?? detach(written);
  return { stored: ending.has(name.toLowerCase()) ? undefined : name };
}

export interface EndToEndFacts {
  readonly originator: Originator;
  /** May P-Asserted-Service be believed? */
  readonly trusted: boolean;
  readonly now: Instant;
}

/** The header fields that go to the recipient with the body, when it is delivered and how late ever (D-19). */
export function endToEndHeaders(request: SipRequest, { originator, trusted, now }: EndToEndFacts): Rows {
  const rows: (readonly [string, string])[] = [
    ['From', originatorField(request, originator)],
    ['To', untagged(request.headers.get('To') ?? '', to(request))],
  ];
  for (const value of originator.asserted) rows.push(['P-Asserted-Identity', value]);
  const service = assertedService(request, trusted);
  if (service !== undefined) rows.push(['P-Asserted-Service', service]);
  // RFC 3428 section 7: without a Date the recipient would count Expires from a delivery that may be days later.
  if (!request.headers.has('Date')) rows.push(['Date', serializeSipDate(now)]);
  for (const [written, value] of request.headers) {
    const { stored } = fates.of(written, fateOf);
    if (stored !== undefined) rows.push([stored, value]);
  }
  return rows;
}

function originatorField(request: SipRequest, { withheld }: Originator): string {
  const address = from(request);
  if (withheld && !isAnonymous(address.uri)) return '"Anonymous" <sip:anonymous@anonymous.invalid>';
  return untagged(request.headers.get('From') ?? '', address);
}

const onlyATag = /^;tag=[\w.!%*+`'~-]+$/;

/** The address without the tag of its dialog; as it was written, where the tag is all that follows it. */
function untagged(written: string, address: NameAddress): string {
  const { parameters } = address;
  const end = written.startsWith('<') || written.startsWith('"') ? written.lastIndexOf('>') + 1 : 0;
  if (end > 0 && parameters.size === (end < written.length ? 1 : 0)) {
    if (end === written.length) return written;
    if (onlyATag.test(written.slice(end))) return written.slice(0, end);
  }
  return serializeNameAddress({
    ...address,
    parameters: new Map([...parameters].filter(([name]) => name !== 'tag')),
  });
}

/** RFC 6050: what the trusted network asserts, or what the user prefers, as far as it is a message service. */
function assertedService(request: SipRequest, trusted: boolean): string | undefined {
  const asserted = trusted ? request.headers.get('P-Asserted-Service') : undefined;
  if (asserted !== undefined) return asserted;
  const preferred = request.headers.get('P-Preferred-Service');
  const service = preferred === undefined ? undefined : serviceOf(preferred);
  return service === 'msg' || service === 'msgGroup' ? serviceUrn(service) : undefined;
}
