import { acceptContactFor, releaseVersion, serviceUrn } from '@restante/cpm';
import { HeaderFields, noBody, serializedLength } from '@restante/sip';
import type { SipRequest } from '@restante/sip';
import type { RegisteredClient } from '../registered-client.ts';
import type { ParticipatingFunctionSettings } from '../settings.ts';

/** What makes one request different from another: drawn anew for each, always of the same length. */
export interface RequestNames {
  readonly callId: string;
  readonly fromTag: string;
}

export type NotificationSettings = Pick<
  ParticipatingFunctionSettings,
  'managementUri' | 'publicHost' | 'notification'
>;

/** The MESSAGE of PF-4 to one client. There is no Contact in it (RFC 3428 section 4). */
export function notificationRequest(
  client: RegisteredClient,
  body: Uint8Array,
  settings: NotificationSettings,
  { callId, fromTag }: RequestNames,
): SipRequest {
  const originator = `<${settings.managementUri}>`;
  return {
    kind: 'request',
    method: 'MESSAGE',
    uri: client.address,
    headers: HeaderFields.of([
      ['Max-Forwards', '70'],
      ['From', `${originator};tag=${fromTag}`],
      ['To', `<${client.user}>`],
      ['Call-ID', callId],
      ['CSeq', '1 MESSAGE'],
      ['P-Asserted-Identity', originator],
      ['P-Asserted-Service', serviceUrn('systemmsg')],
      ['Accept-Contact', acceptContactFor('systemmsg', { require: true, explicit: true })],
      ['User-Agent', releaseVersion.server],
      ['Content-Type', settings.notification.mediaType],
    ]),
    body,
  };
}

const worstNames: RequestNames = { callId: 'x'.repeat(20), fromTag: 'x'.repeat(16) };
/** The longest IPv6 literal in brackets. */
const longestAddress = 41;
/** What `Content-Length: 0` grows by when the body has four digits. */
const lengthDigits = 3;

/**
 * Octets of the request around its body, with the Via and the Route fields that it gets on its way out;
 * `outboundRoute` holds the URIs that the server puts before every request.
 */
export function notificationOverhead(
  client: RegisteredClient,
  settings: NotificationSettings,
  outboundRoute: readonly string[],
): number {
  const sentBy = 'h'.repeat(Math.max(longestAddress, settings.publicHost.length));
  const via = `SIP/2.0/UDP ${sentBy}:65535;branch=z9hG4bK${'b'.repeat(40)};rport`;
  const bare = notificationRequest(client, noBody, settings, worstNames);
  const routes = [...client.route, ...outboundRoute.map((uri) => `<${uri}>`)].map(
    (route): [string, string] => ['Route', route],
  );
  const headers = bare.headers.concat([['Via', via], ...routes]);
  return serializedLength({ ...bare, headers }) + lengthDigits;
}
