import {
  acceptContactFor,
  composePullBody,
  composePullOffer,
  opaqueId,
  type PullAction,
  serviceUrn,
} from '@restante/cpm';
import type { Random, SipRequest } from '@restante/sip';
import { type ClientIdentity, contactValue, requestBy, serviceHeaderName } from './identity.ts';

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
  // Described and never set up (7.2.3.2.1 NOTE 3).
  const offer = composePullOffer({ host: identity.host, sessionId: opaqueId(random.bytes(10)) });
  const list = actions && Array.from(actions, ([uri, action]) => ({ uri, action }));
  const { contentType, body } = composePullBody(offer, list);
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
      ['Content-Type', contentType],
    ],
    body,
  });
}
