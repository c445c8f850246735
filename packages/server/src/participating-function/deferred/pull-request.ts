import {
  answerPullOffer,
  MalformedPullBody,
  PullOfferRejected,
  pullBodyTypes,
  readPullBody,
} from '@restante/cpm';
import type { CpmUser, PullAction, PullAnswerDraft, PullEntry } from '@restante/cpm';
import { callId, contacts, cseq, from, MalformedMessage, SipRejection } from '@restante/sip';
import type { SessionDescription, SipRequest } from '@restante/sip';
import { readableUri } from '../served-user.ts';
import type { ParticipatingFunctionSettings } from '../settings.ts';
import { warning } from '../warning.ts';
import type { MessageId, PullingDevice, PullRequest } from './deferred-message.ts';
import { messageIdOf } from './message-uri.ts';

export type PullSettings = Pick<ParticipatingFunctionSettings, 'publicHost' | 'limits'>;

/** What a pull INVITE asks for, and its SDP offer. */
export interface PullInvite {
  readonly pull: PullRequest;
  readonly offer: SessionDescription;
}

/** Not in this version: the message stays, and the client is told so before anything is done. */
const unavailable: Readonly<Partial<Record<PullAction, string>>> = {
  store: 'no message store is configured here',
  interwork: 'no interworking is configured here',
};

/**
 * Reads a pull (PF-9, D-3, D-8); `user` is who has proved to be the requester (D-17).
 *
 * @throws SipRejection 400, 415, 488: nothing is done then
 */
export function readPullInvite(request: SipRequest, user: CpmUser, settings: PullSettings): PullInvite {
  const { publicHost, limits } = settings;
  const { headers, body } = request;
  try {
    refuseEncoded(request, publicHost);
    const { offer, list } = readPullBody(
      headers.get('Content-Type'),
      headers.get('Content-Disposition'),
      body,
      {
        maxEntries: limits.listEntries,
      },
    );
    const actions = list === undefined ? 'deliver-all' : readActions(list, publicHost);
    return { pull: { key: pullKey(request), user, actions, device: readDevice(request) }, offer };
  } catch (error) {
    throw rejectionOf(error, publicHost);
  }
}

/** PF-11: the answer that accepts the offer; 488 with Warning 304 or 305 where there is nothing to accept (D-3). */
export function acceptOffer(offer: SessionDescription, draft: PullAnswerDraft): SessionDescription {
  try {
    return answerPullOffer(offer, draft);
  } catch (error) {
    if (!(error instanceof PullOfferRejected)) throw error;
    const value = warning(draft.host, error.message).replace(/^399/, String(error.warningCode));
    throw new SipRejection(error.status, { headers: [['Warning', value]], cause: error });
  }
}

/** D-1, D-2, PF-10: nothing of what the pull names waits for its user. */
export function noDeferredMessages(publicHost: string): SipRejection {
  return new SipRejection(488, { headers: [['Warning', warning(publicHost, '125 No messages')]] });
}

/** D-3: what is wrong stands in the Warning, with the entry where it is one. */
function rejectionOf(error: unknown, publicHost: string): unknown {
  if (!(error instanceof MalformedPullBody) && !(error instanceof MalformedMessage)) return error;
  const headers: [string, string][] = [['Warning', warning(publicHost, error.message)]];
  if (error.status === 415) headers.push(['Accept', pullBodyTypes.join(', ')]);
  return new SipRejection(error.status, { headers, cause: error });
}

/** D-6: the same for every copy of one INVITE, also when it comes in another transaction. */
function pullKey(request: SipRequest): string {
  const tag = from(request).parameters.get('tag');
  return `${callId(request)} ${typeof tag === 'string' ? tag : ''} ${cseq(request).sequence}`;
}

function readActions(list: readonly PullEntry[], publicHost: string): ReadonlyMap<MessageId, PullAction> {
  const actions = new Map<MessageId, PullAction>();
  for (const { uri, action } of list) {
    const fault = unavailable[action];
    if (fault !== undefined) throw refusedEntry(uri, fault, publicHost);
    const id = messageIdOf(uri, publicHost);
    // Names that are not ours are unknown, and unknown ones are ignored (D-1).
    if (id === undefined) continue;
    const known = actions.get(id);
    // Two spellings of one name: the reader of the list compares them as strings (RFC 4826 section 3.1).
    if (known !== undefined && known !== action)
      throw new MalformedPullBody(400, `both ${known} and ${action} for one message: ${uri}`, uri);
    actions.set(id, action);
  }
  return actions;
}

function refusedEntry(uri: string, fault: string, publicHost: string): SipRejection {
  const entry = uri.replaceAll(/[^\x21-\x7E]+/g, '?').slice(0, 200);
  return new SipRejection(488, { headers: [['Warning', warning(publicHost, `${entry}: ${fault}`)]] });
}

/** RFC 3261 section 8.2.3. */
function refuseEncoded({ headers }: SipRequest, publicHost: string): void {
  const encoding = headers.get('Content-Encoding');
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  const why = warning(publicHost, 'The body of a pull has no Content-Encoding');
  throw new SipRejection(415, {
    headers: [
      ['Accept-Encoding', 'identity'],
      ['Warning', why],
    ],
  });
}

/** RFC 5627 section 4.4: a GRUU in Contact names the device; else its instance does, else the address itself. */
function readDevice(request: SipRequest): PullingDevice {
  const listed = contacts(request);
  const [contact] = listed === '*' ? [] : listed;
  if (contact === undefined) throw new MalformedMessage('Contact: missing');
  const uri = readableUri(contact.uri);
  const instance = contact.parameters.get('+sip.instance');
  return {
    ...(uri?.kind === 'sip' && uri.parameters.has('gr') && { gruu: contact.uri }),
    ...(typeof instance === 'string' && { instance }),
    contact: contact.uri,
  };
}
