import { acceptContactFor, releaseVersion, requestedServices, serviceUrn } from '@restante/cpm';
import { HeaderFields, parseAcceptContacts } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import type { MessageContent } from './deferred/deferred-message.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** How a MESSAGE comes to its recipient: at once, on a pull, or only passing through. */
export type ClientRequestKind = 'direct' | 'pulled' | 'passing';

export interface ClientRequestOptions {
  readonly kind: ClientRequestKind;
  readonly featureTag: ParticipatingFunctionSettings['delivery']['featureTag'];
  readonly hops: number;
}

/** The MESSAGE that takes a standalone message to one client (D-18, D-19). There is no Contact in it (RFC 3428 section 4). */
export function clientRequest(
  { address }: Pick<RegisteredClient, 'address'>,
  { headers, body }: MessageContent,
  { kind, featureTag, hops }: ClientRequestOptions,
): SipRequest {
  const fields: [string, string][] = [['Max-Forwards', String(hops)]];
  for (const [name, value] of headers) if (!isNamed(name, 'Accept-Contact')) fields.push([name, value]);
  const written = headers.filter(([name]) => isNamed(name, 'Accept-Contact')).map(([, value]) => value);
  const preferences =
    kind === 'passing' ? written : withService(written, kind === 'pulled' && featureTag === 'deferred');
  for (const value of preferences) fields.push(['Accept-Contact', value]);
  if (kind !== 'passing' && !headers.some(([name]) => isNamed(name, 'P-Asserted-Service')))
    fields.push(['P-Asserted-Service', serviceUrn('msg')]);
  fields.push(['User-Agent', releaseVersion.server]);
  return { kind: 'request', method: 'MESSAGE', uri: address, headers: HeaderFields.of(fields), body };
}

/** D-18: the row that names the message's service names `deferred` instead; rows about anything else stay. */
function withService(rows: readonly string[], deferred: boolean): readonly string[] {
  const others = rows.filter((row) => requestedServices(parseAcceptContacts(row)).size === 0);
  if (deferred) return [acceptContactFor('deferred'), ...others];
  return others.length === rows.length ? [acceptContactFor('msg'), ...rows] : rows;
}

function isNamed(name: string, wanted: string): boolean {
  return name.length === wanted.length && name.toLowerCase() === wanted.toLowerCase();
}
