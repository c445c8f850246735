import { contentEncodings, requestedServices } from '@restante/cpm';
import { acceptContacts, parseUri, responseTo, SipRejection } from '@restante/sip';
import type { IncomingInvite, IncomingRequest, SipRequest } from '@restante/sip';
import { isSameAddress } from './served-user.ts';
import type { ParticipatingFunctionSettings } from './settings.ts';
import { warning } from './warning.ts';

/** Extensions that a request may require of us. */
export const supportedExtensions = ['recipient-list-invite', 'path', 'gruu', 'outbound'] as const;

export interface ParticipatingFunctionParts {
  readonly registrar: { handle(incoming: IncomingRequest): Promise<void> };
  readonly messages: { handle(incoming: IncomingRequest): Promise<void> };
  readonly pulls: { handle(invite: IncomingInvite): Promise<void> };
  readonly settings: Pick<ParticipatingFunctionSettings, 'managementUri' | 'publicHost' | 'acceptedTypes'>;
}

/** The routing table: which part answers a request, by method and feature tag. What is not here the core answers with 405. */
export function participatingFunction({ registrar, messages, pulls, settings }: ParticipatingFunctionParts) {
  return {
    REGISTER: (incoming: IncomingRequest) => registrar.handle(incoming),
    MESSAGE: (incoming: IncomingRequest) => messages.handle(incoming),
    INVITE: (invite: IncomingInvite) => {
      const refusal = refusalOf(invite.request, settings);
      if (refusal !== undefined) throw refusal;
      return pulls.handle(invite);
    },
    OPTIONS: (incoming: IncomingRequest) =>
      incoming.respond(responseTo(incoming.request, 200, { headers: capabilities(settings) })),
  };
}

/** PF-9: a pull is an INVITE to the management URI with the `deferred` tag; nothing else is taken here. */
export function refusalOf(
  request: SipRequest,
  { managementUri, publicHost }: Pick<ParticipatingFunctionSettings, 'managementUri' | 'publicHost'>,
): SipRejection | undefined {
  const isTagged = requestedServices(acceptContacts(request)).has('deferred');
  const isToUs = isSameAddress(parseUri(request.uri), parseUri(managementUri));
  if (isTagged && isToUs) return undefined;
  if (isTagged) return new SipRejection(404);
  const reason = isToUs
    ? 'Accept-Contact does not name the cpm.deferred service'
    : 'large message mode is not available here, nothing was taken';
  return new SipRejection(488, { headers: [['Warning', warning(publicHost, reason)]] });
}

function capabilities({
  acceptedTypes,
}: Pick<ParticipatingFunctionSettings, 'acceptedTypes'>): [string, string][] {
  return [
    ['Allow', 'INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS, REGISTER'],
    [
      'Accept',
      [...acceptedTypes, 'application/sdp', 'application/resource-lists+xml', 'multipart/mixed'].join(', '),
    ],
    ['Accept-Encoding', contentEncodings.join(', ')],
    ['Supported', supportedExtensions.join(', ')],
  ];
}
