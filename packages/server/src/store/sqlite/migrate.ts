import type { DatabaseSync } from 'node:sqlite';
import { sql as messages } from './migrations/0001-messages.ts';
import { sql as leanDeferrals } from './migrations/0002-lean-deferrals.ts';
import { integer, text } from './rows.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** The database has what only a later version of this program knows. */
export class DatabaseTooNew extends Error {
  override readonly name = 'DatabaseTooNew';
}

/** Only ever added to: a number that was released stays as it is. */
export const migrations: readonly Migration[] = [
  { number: 1, name: '0001-messages', sql: messages },
  { number: 2, name: '0002-lean-deferrals', sql: leanDeferrals },
];

const bookkeeping = `
CREATE TABLE IF NOT EXISTS migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;`;

/** How many migrations the database lacks. Throws where it has one that this program does not know. */
export function missingMigrations(db: DatabaseSync): readonly Migration[] {
  const tables = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").all();
  if (tables.length === 0) return migrations;
  const newest = db.prepare('SELECT number, name FROM migration ORDER BY number DESC LIMIT 1').get();
  const reached = newest === undefined ? 0 : integer(newest, 'number');
  const known = migrations.at(-1)?.number ?? 0;
  if (newest !== undefined && reached > known) {
    throw new DatabaseTooNew(
      `the database is newer than this program: it has the migration ${text(newest, 'name')}`,
    );
  }
  return migrations.filter(({ number }) => number > reached);
}

/** Brings the database up to date in one transaction. */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(bookkeeping);
    const record = db.prepare('INSERT INTO migration (number, name) VALUES (?, ?)');
    for (const { number, name, sql } of missingMigrations(db)) {
      db.exec(sql);
      record.run(number, name);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
