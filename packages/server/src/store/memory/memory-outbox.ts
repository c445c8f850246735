import type { Instant } from '@restante/sip';
import type { DispositionOutbox } from '../../participating-function/ports.ts';
import { abandonedWords, postponedWords, sentWords } from '../ledger-words.ts';
import type { LedgerWords } from '../ledger-words.ts';
import type { MemoryState, OwedNotification } from './memory-state.ts';

export function memoryOutbox(state: MemoryState): DispositionOutbox {
  const rows = () => [...state.outbox.values()];
  function tell(row: OwedNotification, at: Instant, words: LedgerWords): void {
    state.tell(row.message, row.user, at, words);
  }

  return {
    due: async (now, limit) =>
      rows()
        .filter(({ dueAt }) => dueAt <= now)
        .sort((one, other) => one.dueAt - other.dueAt || one.id - other.id)
        .slice(0, limit)
        .map(({ id, notification, attempts, owedSince }) => ({ id, notification, attempts, owedSince })),
    nextDue: async () => {
      const times = rows().map(({ dueAt }) => dueAt);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    sent: async (id, at, evidence) => {
      const row = state.outbox.get(id);
      if (row === undefined) return;
      tell(row, at, sentWords(row.notification.sender, evidence));
      state.outbox.delete(id);
    },
    postpone: async (id, at, until, reason) => {
      const row = state.outbox.get(id);
      if (row === undefined) return;
      tell(row, at, postponedWords(until, reason));
      row.attempts += 1;
      row.dueAt = until;
    },
    abandon: async (id, at, reason) => {
      const row = state.outbox.get(id);
      if (row === undefined) return;
      tell(row, at, abandonedWords(reason));
      state.outbox.delete(id);
    },
    hasten: async (sender, at) => {
      const later = rows().filter(({ notification, dueAt }) => notification.sender === sender && dueAt > at);
      for (const row of later) row.dueAt = at;
      return later.length;
    },
  };
}
