import { closeSync, existsSync, fdatasyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockDirectory } from './directory-lock.ts';
import { DatabaseTooNew, migrate, missingMigrations } from './migrate.ts';
import type { WorkerSettings } from './thread-messages.ts';

/** The one file that counts; SQLite keeps its write-ahead log beside it. */
const databaseName = 'restante.db';

/** An open database and what ends it: the connection, then the lock on the directory. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly close: () => void;
}

/** Throws an error that names the directory and what to do. */
export function openDatabase(settings: WorkerSettings): OpenDatabase {
  const { directory } = settings;
  createDirectory(directory);
  const path = join(directory, databaseName);
  const lock = settings.role === 'server' ? lockDirectory(directory) : undefined;
  try {
    if (settings.role === 'server') syncLog(`${path}-wal`);
    const db = connect(path, settings);
    bringUpToDate(db, settings);
    const close = () => {
      db.close();
      lock?.release();
    };
    return { db, path, close };
  } catch (error) {
    lock?.release();
    throw explained(path, error);
  }
}

function createDirectory(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The data directory ${directory} cannot be created (${reason}): create it, or name another with --data.`,
      { cause: error },
    );
  }
}

/** Step by step: Node's own recursion never ends where the system will not make a name, as below /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  mkdirSync(path, { mode: 0o700 }); // Messages are nobody else's to read.
}

/** What a killed server wrote and did not sync is read as committed: it has to last before anybody is told of it. */
function syncLog(path: string): void {
  if (!existsSync(path)) return;
  const log = openSync(path, 'r+');
  try {
    fdatasyncSync(log);
  } finally {
    closeSync(log);
  }
}

function connect(path: string, { busyMilliseconds, maxPages }: WorkerSettings): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyMilliseconds });
  try {
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA cache_size = -16000');
    // The log is moved in the background; a commit does it only where that has not kept it below 128 MB.
    db.exec('PRAGMA wal_autocheckpoint = 32000');
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A tool never changes the tables under a running server. */
function bringUpToDate(db: DatabaseSync, { directory, role }: WorkerSettings): void {
  try {
    if (missingMigrations(db).length === 0) return;
    const lock = role === 'tool' ? lockDirectory(directory) : undefined;
    try {
      migrate(db);
    } finally {
      lock?.release();
    }
  } catch (error) {
    db.close();
    throw error;
  }
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function explained(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const advice = adviceFor(error, code);
  return new Error(`The database ${path} cannot be used (${reason}). ${advice}`, { cause: error });
}

function adviceFor(error: unknown, code: number): string {
  if (error instanceof DatabaseTooNew)
    return 'Start the newer version, or name another directory with --data.';
  if (code === sqliteCorrupt || code === sqliteNotADatabase)
    return 'It is damaged: put a sound copy in its place, or move it away and start with an empty one.';
  return 'Make it readable and writable for this user, or name another directory with --data.';
}
