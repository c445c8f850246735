import type { Instant } from '@restante/sip';
import type { RegisteredClient } from './registered-client.ts';
import type { StandaloneMessage } from './standalone-message.ts';
import { isSuitableClient } from './suitable-client.ts';

export interface DeliveryFacts {
  readonly message: Pick<StandaloneMessage, 'description' | 'passing' | 'instance'>;
  readonly clients: readonly RegisteredClient[];
  readonly now: Instant;
}

/** What becomes of a message that no client takes now. */
export type Otherwise = { readonly kind: 'defer' } | { readonly kind: 'refuse'; readonly reason: string };

export type DeliveryDecision =
  /** Offer it to the clients of a wave together; the next wave's turn comes when all of them have failed. */
  | {
      readonly kind: 'deliver';
      readonly waves: readonly (readonly RegisteredClient[])[];
      readonly otherwise: Otherwise;
    }
  | Otherwise;

/** PF-1, D-15, D-16: to whom a message goes now, and whether it waits when nobody takes it. */
export function decideDelivery({ message, clients, now }: DeliveryFacts): DeliveryDecision {
  const { description, passing, instance } = message;
  const otherwise = withoutDelivery(message, now);
  const suitable = clients.filter((client) => isSuitableClient(client, description));
  // What is never deferred is no CPM Standalone Message: any client of the user may know what to do with it.
  const candidates = suitable.length === 0 && passing !== undefined ? clients : suitable;
  if (candidates.length === 0) return otherwise;
  return { kind: 'deliver', waves: wavesOf(candidates, instance), otherwise };
}

function withoutDelivery({ description, passing }: DeliveryFacts['message'], now: Instant): Otherwise {
  if (passing !== undefined) return { kind: 'refuse', reason: `No client is there for this ${passing}` };
  if (description.expiresAt <= now)
    return { kind: 'refuse', reason: 'No client is there, and the message has expired' };
  return { kind: 'defer' };
}

/** The device that was named first, then the highest q, then lower ones (RFC 3261 section 16.6). */
function wavesOf(
  clients: readonly RegisteredClient[],
  instance: string | undefined,
): readonly (readonly RegisteredClient[])[] {
  const isNamed = ({ binding }: RegisteredClient) => instance !== undefined && binding.instance === instance;
  const byRank = Map.groupBy(clients, (client) => (isNamed(client) ? Number.POSITIVE_INFINITY : client.q));
  return [...byRank].toSorted(([a], [b]) => b - a).map(([, wave]) => wave);
}
