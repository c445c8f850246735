import { type AcceptContact, type FeatureSet, scoreContact } from '@restante/sip';
import { hasService } from './identifiers.ts';

/** How a standalone message is sent: in a SIP MESSAGE, or over MSRP. */
export type MessageMode = 'pager' | 'large';

/** What a message asks of a client. */
export interface SuitabilityDemand {
  readonly mode: MessageMode;
  /** The caller preferences of the request (RFC 3841). */
  readonly acceptContacts: readonly AcceptContact[];
  readonly rejectContacts?: readonly AcceptContact[];
}

const serviceFor = { pager: 'msg', large: 'largemsg' } as const;

/**
 * May this client receive this message? It has registered the service of the message's mode, and the sender's
 * caller preferences do not exclude it. A client that names no service is not suitable.
 *
 * There is one notion (8.3.1.6.3, revision R01): a client is told of waiting messages if it is suitable for one of them, whether or not
 * it has said that it can pull.
 */
export function isSuitable(contact: FeatureSet, message: SuitabilityDemand): boolean {
  if (!hasService(contact, serviceFor[message.mode])) return false;
  return scoreContact(contact, message.acceptContacts, message.rejectContacts ?? []).kept;
}

/** Has the client registered `cpm.deferred`? No condition for telling it what waits, but a hint that it will pull. */
export function canPull(contact: FeatureSet): boolean {
  return hasService(contact, 'deferred');
}
