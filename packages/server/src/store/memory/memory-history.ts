import type { CpmUser } from '@restante/cpm';
import type { Instant } from '@restante/sip';
import type { DeliveryRecord, QueueInspection } from '../../participating-function/ports.ts';
import { deliveredWords, receivedWords } from '../ledger-words.ts';
import type { MemoryState } from './memory-state.ts';

export function memoryDeliveries(state: MemoryState): DeliveryRecord {
  return {
    seen: async (user, identity) => {
      if (state.waiting.get(user)?.has(identity) === true) return 'waiting';
      return state.endedAs(user, identity) === undefined ? undefined : 'settled';
    },
    delivered: async (message, at, evidence) => {
      const { id, user, identity } = message;
      state.end({ id, user, identity, outcome: 'delivered', at });
      state.tell(id, user, message.acceptedAt, receivedWords(message));
      state.tell(id, user, at, deliveredWords(evidence));
    },
    forget: async (horizon, limit) => {
      const owing = new Set([...state.outbox.values()].map(({ message }) => message));
      const over = [...state.ended.values()]
        .filter(({ id, at }) => at < horizon && !owing.has(id))
        .sort((one, other) => one.at - other.at)
        .slice(0, limit);
      for (const ended of over) {
        state.forget(ended);
        forgetUser(state, ended.user, horizon);
      }
      forgetPulls(state, horizon, limit);
      return over.length;
    },
  };
}

function forgetUser(state: MemoryState, user: CpmUser, horizon: Instant): void {
  const held = state.waitingFor(user);
  // What happened while a message waits belongs to its story.
  const oldest = Math.min(horizon, ...held.map(({ message }) => message.acceptedAt));
  state.notices.set(
    user,
    (state.notices.get(user) ?? []).filter(({ at }) => at >= oldest),
  );
  // A later message has a higher sequence than any that was told: nothing is repeated.
  if (held.length === 0) state.told.delete(user);
}

function forgetPulls(state: MemoryState, horizon: Instant, limit: number): void {
  const open = new Set([...state.messages.values()].map(({ claim }) => claim?.pull));
  const over = [...state.pullKeys].filter(([key, { at }]) => at < horizon && !open.has(key));
  for (const [key] of over.slice(0, limit)) state.pullKeys.delete(key);
}

export function memoryInspection(state: MemoryState): QueueInspection {
  return {
    list: async ({ user, after = 0, limit }) => {
      const held = user === undefined ? [...state.messages.values()] : state.waitingFor(user);
      const messages = held.map(({ message }) => message);
      return messages.filter(({ sequence }) => sequence > after).slice(0, limit);
    },
    find: async (id) => state.messages.get(id)?.message,
    story: async (id) => {
      const own = state.ledger.get(id) ?? [];
      const [first] = own;
      if (first === undefined) return [];
      const end = state.messages.has(id) ? Infinity : (state.ended.get(id)?.at ?? 0);
      const shared = (state.notices.get(first.user) ?? [])
        .filter(({ at }) => at >= first.at && at <= end)
        .sort((one, other) => one.at - other.at);
      return [...own, ...shared].sort((one, other) => one.at - other.at);
    },
    ended: async (limit) => {
      const ids = [...state.ended].sort(([, one], [, other]) => other.at - one.at).map(([id]) => id);
      return ids.slice(0, limit);
    },
    counts: async () => ({
      waiting: state.messages.size,
      claimed: [...state.messages.values()].filter(({ claim }) => claim !== undefined).length,
      users: state.waiting.size,
      owed: state.outbox.size,
    }),
  };
}
