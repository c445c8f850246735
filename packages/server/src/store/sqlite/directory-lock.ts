import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DirectoryLock {
  release(): void;
}

/**
 * Holds a directory for one process. The lock is the operating system's, on a file of its own:
 * it ends with the process, however that ends, and leaves nothing to clean up.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'server.lock');
  const holder = new DatabaseSync(path, { timeout: 0 });
  try {
    holder.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    holder.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      busy
        ? `Another server is running on the data directory ${directory}: stop it, or give this one a directory of its own with --data.`
        : `The data directory ${directory} cannot be locked (${reason}): make it writable, or name another with --data.`,
      { cause: error },
    );
  }
  return { release: () => holder.close() };
}
