import { resolve } from 'node:path';
import type { Store } from '../../participating-function/ports.ts';
import { openDatabase } from './database.ts';
import { GroupedCalls } from './grouped-calls.ts';
import { deadlines, deferredQueue, deliveryRecord, queueInspection } from './message-ports.ts';
import type { StoreRole } from './thread-messages.ts';
import { registrationOperations } from './operations/registrations.ts';
import { dispositionOutbox, notificationRecord, registrations, userAccounts } from './user-ports.ts';

export interface SqliteStoreOptions {
  /** Holds the database and nothing else; made where it does not exist. */
  readonly directory: string;
  /** `server` (default): one on a directory at a time. `tool`: a command, also beside a running server. */
  readonly role?: StoreRole;
  /** How long a commit waits for another process that is writing; 5000 by default. */
  readonly busyMilliseconds?: number;
  /** The largest size of the database in pages of 4096 octets; unlimited by default. A database that is full refuses, as a full disk does. */
  readonly maxPages?: number;
}

/**
 * The durable store: one SQLite database in a worker thread, synced at every commit, many calls to a commit.
 * It is open, locked and up to date when this resolves; the worker, which takes longer to start than all of that,
 * is started by the first call.
 * Rejects with an Error that names the directory and what to do: another server runs on it, it cannot be made,
 * the database is damaged or newer than this program.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, role = 'server', busyMilliseconds = 5000, maxPages } = options;
  const listeners: (() => void)[] = [];
  let closed: Promise<void> | undefined;
  const settings = { directory: resolve(directory), role, busyMilliseconds, maxPages };
  const opened = openDatabase(settings);
  // The directory is locked from here: the worker is one more connection, also when it has to be started again.
  const calls = new GroupedCalls({ ...settings, role: 'tool' }, () => {
    for (const listener of listeners) listener();
  });
  return {
    queue: deferredQueue(calls),
    deadlines: deadlines(calls),
    notifications: notificationRecord(calls),
    outbox: dispositionOutbox(calls),
    deliveries: deliveryRecord(calls),
    registrations: registrations(calls, registrationOperations(opened.db)),
    accounts: userAccounts(calls),
    inspection: queueInspection(calls),
    onForeignChange: (listener) => {
      listeners.push(listener);
      calls.watch();
    },
    [Symbol.asyncDispose]: () => (closed ??= calls.close().then(() => opened.close())),
  };
}
