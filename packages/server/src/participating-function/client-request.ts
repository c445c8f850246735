import { acceptContactFor, releaseVersion, requestedServices, serviceUrn } from '@restante/cpm';
import { HeaderFields, parseAcceptContacts } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import type { MessageContent } from './deferred/deferred-message.ts';
import { Memo } from './memo.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';

/** How a MESSAGE comes to its recipient: at once, on a pull, or only passing through. */
export type ClientRequestKind = 'direct' | 'pulled' | 'passing';

export interface ClientRequestOptions {
  readonly kind: ClientRequestKind;
  readonly featureTag: ParticipatingFunctionSettings['delivery']['featureTag'];
  readonly hops: number;
}

const deferredPreference = acceptContactFor('deferred');
const messagePreference = acceptContactFor('msg');
const messageService = serviceUrn('msg');

/** The MESSAGE that takes a standalone message to one client (D-18, D-19). There is no Contact in it (RFC 3428 section 4). */
export function clientRequest(
  { address }: Pick<RegisteredClient, 'address'>,
  { headers, body }: MessageContent,
  { kind, featureTag, hops }: ClientRequestOptions,
): SipRequest {
  const fields: (readonly [string, string])[] = [['Max-Forwards', String(hops)]];
  const written: string[] = [];
  let isServiceNamed = kind === 'passing';
  for (const field of headers) {
    const [name, value] = field;
    if (isNamed(name, 'Accept-Contact')) written.push(value);
    else {
      fields.push(field);
      isServiceNamed ||= isNamed(name, 'P-Asserted-Service');
    }
  }
  const preferences =
    kind === 'passing' ? written : withService(written, kind === 'pulled' && featureTag === 'deferred');
  for (const value of preferences) fields.push(['Accept-Contact', value]);
  if (!isServiceNamed) fields.push(['P-Asserted-Service', messageService]);
  fields.push(['User-Agent', releaseVersion.server]);
  return { kind: 'request', method: 'MESSAGE', uri: address, headers: HeaderFields.of(fields), body };
}

/** Does this row of Accept-Contact name a service? The same few rows come with every message. */
const naming = new Memo<boolean>();

function namesService(row: string): boolean {
  return requestedServices(parseAcceptContacts(row)).size > 0;
}

/** D-18: the row that names the message's service names `deferred` instead; rows about anything else stay. */
function withService(rows: readonly string[], deferred: boolean): readonly string[] {
  const others = rows.filter((row) => !naming.of(row, namesService));
  if (deferred) return [deferredPreference, ...others];
  return others.length === rows.length ? [messagePreference, ...rows] : rows;
}

function isNamed(name: string, wanted: string): boolean {
  if (name.length !== wanted.length) return false;
  return name === wanted || name.toLowerCase() === wanted.toLowerCase();
}
