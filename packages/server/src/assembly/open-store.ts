import { errorText } from '../system-error.ts';
import type { Store } from '../participating-function/ports.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { CannotStart } from './cannot-start.ts';

/** The database of a server; one server at a time has it. Throws CannotStart with what to change. */
export async function openServerStore(directory: string): Promise<Store> {
  return openOrExplain(directory, 'server');
}

/** The same database for a command, beside a server that may be running. */
export async function openStoreBeside(directory: string): Promise<Store> {
  return openOrExplain(directory, 'tool');
}

async function openOrExplain(directory: string, role: 'server' | 'tool'): Promise<Store> {
  try {
    return await openSqliteStore({ directory, role });
  } catch (error) {
    throw new CannotStart(errorText(error), undefined, { cause: error });
  }
}
