import type { Instant } from '@restante/sip';
import type { DeferredMessage } from '../../participating-function/deferred/deferred-message.ts';
import type { Deadlines } from '../../participating-function/ports.ts';
import { warnedWords } from '../ledger-words.ts';
import { settleMessage } from './memory-queue.ts';
import type { MemoryState } from './memory-state.ts';

function earliest(messages: readonly DeferredMessage[]): Instant | undefined {
  return messages[0]?.expiresAt;
}

export function memoryDeadlines(state: MemoryState): Deadlines {
  /** Unclaimed, in the order in which they expire. */
  function unclaimed(wanted: (message: DeferredMessage) => boolean): readonly DeferredMessage[] {
    const found = [...state.messages.values()]
      .filter(({ claim, message }) => claim === undefined && wanted(message))
      .map(({ message }) => message);
    return found.sort((one, other) => one.expiresAt - other.expiresAt || one.sequence - other.sequence);
  }

  return {
    expired: async (now, limit) => unclaimed(({ expiresAt }) => expiresAt <= now).slice(0, limit),
    expiring: async (now, horizon, limit) =>
      unclaimed(({ warned, expiresAt }) => !warned && expiresAt >= now && expiresAt <= horizon).slice(
        0,
        limit,
      ),
    markWarned: async (ids, at) => {
      for (const id of ids) {
        const held = state.messages.get(id);
        if (held === undefined || held.message.warned) continue;
        held.message = { ...held.message, warned: true };
        state.tell(id, held.message.user, at, warnedWords);
      }
    },
    settleUnclaimed: async (id, settlement) =>
      state.messages.get(id)?.claim === undefined && settleMessage(state, id, settlement),
    next: async () => ({
      expiry: earliest(unclaimed(() => true)),
      unwarnedExpiry: earliest(unclaimed(({ warned }) => !warned)),
    }),
  };
}
