import type { CpmUser } from '@restante/cpm';
import type {
  NotificationRecord,
  Registrations,
  UserAccount,
  UserAccounts,
} from '../../participating-function/ports.ts';
import { noticeWords } from '../ledger-words.ts';
import type { MemoryState } from './memory-state.ts';

export function memoryNotifications(state: MemoryState): NotificationRecord {
  return {
    told: async (user, target) => state.told.get(user)?.get(target) ?? 0,
    record: async ({ user, target, upTo, at, evidence }) => {
      state.notice(user, at, noticeWords(target, upTo !== undefined, evidence));
      if (upTo === undefined) return;
      const targets = state.told.get(user) ?? new Map<string, number>();
      state.told.set(user, targets.set(target, Math.max(upTo, targets.get(target) ?? 0)));
    },
    withWaiting: async (users) => users.filter((user) => state.waiting.has(user)),
  };
}

export function memoryRegistrations(state: MemoryState): Registrations {
  return {
    load: async () => [...state.registrations.values()].flat(),
    save: async (user, bindings) => {
      if (bindings.length === 0) state.registrations.delete(user);
      else state.registrations.set(user, [...bindings]);
    },
  };
}

function name(username: string, realm: string): string {
  return `${realm}\n${username}`;
}

function order({ user, username, realm }: UserAccount): string {
  return `${user}\n${username}\n${realm}`;
}

export function memoryAccounts(state: MemoryState): UserAccounts {
  const all = () => [...state.accounts.entries()];
  const of = (user: CpmUser) => all().filter(([, account]) => account.user === user);

  return {
    find: async (username, realm) => state.accounts.get(name(username, realm)),
    known: async (user) => of(user).length > 0,
    put: async (account) => void state.accounts.set(name(account.username, account.realm), account),
    remove: async (user) => {
      const own = of(user);
      for (const [key] of own) state.accounts.delete(key);
      return own.length > 0;
    },
    list: async () =>
      all()
        .map(([, account]) => account)
        .sort((one, other) => (order(one) < order(other) ? -1 : 1)),
  };
}
