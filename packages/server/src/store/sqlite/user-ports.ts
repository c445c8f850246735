import type { CpmUser } from '@restante/cpm';
import type {
  Binding,
  DispositionOutbox,
  NotificationRecord,
  Registrations,
  UserAccount,
  UserAccounts,
} from '../../participating-function/ports.ts';
import type { GroupedCalls } from './grouped-calls.ts';
import { decodeOwed, storedUser } from './message-codec.ts';
import type { AccountRow } from './operations/accounts.ts';
import type { Operations } from './operations.ts';
import type { RegistrationRow } from './operations/registrations.ts';

/** No single call keeps the worker from a commit for long. */
const usersAtOnce = 1000;

export function notificationRecord(calls: GroupedCalls): NotificationRecord {
  return {
    told: (user, target) => calls.call('told', user, target),
    record: (notice) => calls.call('recordNotice', notice),
    withWaiting: async (users) => {
      const found: CpmUser[] = [];
      for (let start = 0; start < users.length; start += usersAtOnce) {
        const some = await calls.call('withWaiting', users.slice(start, start + usersAtOnce));
        found.push(...some.map(storedUser));
      }
      return found;
    },
  };
}

export function dispositionOutbox(calls: GroupedCalls): DispositionOutbox {
  return {
    due: async (now, limit) => (await calls.call('due', now, limit)).map(decodeOwed),
    nextDue: () => calls.call('nextDue'),
    sent: (id, at, evidence) => calls.call('sent', id, at, evidence),
    postpone: (id, at, until, reason) => calls.call('postpone', id, at, until, reason),
    abandon: (id, at, reason) => calls.call('abandon', id, at, reason),
    hasten: (sender, at) => calls.call('hasten', sender, at),
  };
}

/** They are read where they are kept, in this thread: nothing can be answered before, and no worker need be there. */
export function registrations(
  calls: GroupedCalls,
  { loadRegistrations }: Pick<Operations, 'loadRegistrations'>,
): Registrations {
  return {
    load: async () => {
      const all: Binding[] = [];
      let last: string | undefined = '';
      while (last !== undefined) {
        const rows: readonly RegistrationRow[] = loadRegistrations(last, usersAtOnce);
        for (const { bindings } of rows) {
          const some: readonly Binding[] = JSON.parse(bindings);
          all.push(...some);
        }
        last = rows.length === usersAtOnce ? rows.at(-1)?.user : undefined;
      }
      return all;
    },
    save: (user, bindings) =>
      calls.call('saveRegistration', user, bindings.length === 0 ? undefined : JSON.stringify(bindings)),
  };
}

function account(row: AccountRow): UserAccount {
  return { ...row, user: storedUser(row.user) };
}

export function userAccounts(calls: GroupedCalls): UserAccounts {
  return {
    find: async (username, realm) => {
      const row = await calls.call('findAccount', username, realm);
      return row && account(row);
    },
    known: (user) => calls.call('knowsAccount', user),
    put: (added) => calls.call('putAccount', added),
    remove: (user) => calls.call('removeAccount', user),
    list: async () => (await calls.call('listAccounts')).map(account),
  };
}
