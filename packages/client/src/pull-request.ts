import {
  acceptContactFor,
  opaqueId,
  type PullAction,
  resourceListMediaType,
  serviceUrn,
  writePullList,
} from '@restante/cpm';
import { HeaderFields, joinMultipart, type Random, type SipRequest } from '@restante/sip';
import { bracketed, type ClientIdentity, contactValue, requestBy, serviceHeaderName } from './identity.ts';

/** What a pull INVITE is made from. */
export interface PullDraft {
  readonly identity: ClientIdentity;
  /** The GRUU where there is one, else the Contact address. */
  readonly contactUri: string;
  readonly serviceRoutes: readonly string[];
  readonly deferredManagementUri: string;
  /** Left out: everything is to be delivered. */
  readonly actions?: ReadonlyMap<string, PullAction>;
  readonly random: Random;
}

/** 7.2.3.2.1 steps 1 to 6 (CL-2 to CL-7). */
export function pullRequest(draft: PullDraft): SipRequest {
  const { identity, contactUri, serviceRoutes, deferredManagementUri, actions, random } = draft;
  const sdp = offer(identity.host, random);
  const content =
    actions === undefined ? { type: 'application/sdp', body: sdp } : withList(sdp, actions, random);
  return requestBy(identity, serviceRoutes, {
    method: 'INVITE',
    uri: deferredManagementUri,
    headers: [
      ['Contact', contactValue(contactUri, identity.instance, ['deferred'])],
      ['Accept-Contact', acceptContactFor('deferred')],
      [serviceHeaderName(identity), serviceUrn('deferred')],
      ['Accept', 'application/sdp, message/cpim'],
      // RFC 5366 section 3: a network that does not know lists must not take this for "everything".
      ...(actions ? [['Require', 'recipient-list-invite'] as const] : []),
      ['Content-Type', content.type],
    ],
    body: content.body,
  });
}

/**
 * Port 9 and setup:active: the media plane is described and never set up (7.2.3.2.1 NOTE 3, RFC 6135 section 4.2).
 */
function offer(host: string, random: Random): Uint8Array {
  const address = `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}`;
  const id = new DataView(random.bytes(4).buffer).getUint32(0);
  const lines = [
    'v=0',
    `o=- ${id} 1 ${address}`,
    's=-',
    `c=${address}`,
    't=0 0',
    'm=message 9 TCP/MSRP *',
    `a=path:msrp://${bracketed(host)}:9/${opaqueId(random.bytes(10))};tcp`,
    'a=setup:active',
    'a=accept-types:message/cpim',
    'a=recvonly',
  ];
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`);
}

function withList(
  sdp: Uint8Array,
  actions: ReadonlyMap<string, PullAction>,
  random: Random,
): { type: string; body: Uint8Array } {
  const boundary = opaqueId(random.bytes(12));
  const list = writePullList(Array.from(actions, ([uri, action]) => ({ uri, action })));
  const parts = [
    { headers: HeaderFields.of([['Content-Type', 'application/sdp']]), body: sdp },
    {
      headers: HeaderFields.of([
        ['Content-Type', resourceListMediaType],
        ['Content-Disposition', 'recipient-list'],
      ]),
      body: list,
    },
  ];
  return { type: `multipart/mixed;boundary="${boundary}"`, body: joinMultipart(parts, boundary) };
}
