import { isSuitable } from '@restante/cpm';
import { parseAcceptContacts } from '@restante/sip';
import type { MessageDescription } from './deferred/deferred-message.ts';
import type { RegisteredClient } from './registered-client.ts';

/** May this client receive this message? The one notion of suitability, for a message as it is described in the queue. */
export function isSuitableClient(
  client: Pick<RegisteredClient, 'features'>,
  { mode, acceptContacts }: Pick<MessageDescription, 'mode' | 'acceptContacts'>,
): boolean {
  return isSuitable(client.features, {
    mode,
    acceptContacts: acceptContacts.flatMap((row) => parseAcceptContacts(row)),
  });
}
