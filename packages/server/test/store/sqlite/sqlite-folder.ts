import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/participating-function/ports.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { SqliteStoreOptions } from '../../../src/store/sqlite/sqlite-store.ts';

/** A data directory that is gone when its block ends. */
export class SqliteFolder implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'restante-store-'));

  open(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
    return openSqliteStore({ directory: this.directory, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A store in a directory of its own; both end together. */
export async function openSqliteAlone(): Promise<Store> {
  const folder = new SqliteFolder();
  const store = await folder.open();
  return {
    ...store,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
