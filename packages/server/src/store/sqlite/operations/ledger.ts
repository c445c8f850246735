import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import type { LedgerWords } from '../../ledger-words.ts';

/** Writes what happened into the transaction that makes it happen. */
export class Ledger {
  readonly #first;
  readonly #further;
  readonly #notice;

  constructor(db: DatabaseSync) {
    // A database of an earlier version has the first entry of a message that still waits.
    this.#first = db.prepare(`
      INSERT INTO ledger (message, entry, at, user, event, detail) VALUES (?, 1, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING`);
    // The first entry's place is kept for how the message came.
    this.#further = db.prepare(`
      INSERT INTO ledger (message, entry, at, user, event, detail)
      SELECT ?1, coalesce(max(entry), 1) + 1, ?2, ?3, ?4, ?5 FROM ledger WHERE message = ?1`);
    this.#notice = db.prepare(`
      INSERT INTO notice (user_key, at, entry, event, detail)
      SELECT ?1, ?2, coalesce(max(entry), 0) + 1, ?3, ?4 FROM notice WHERE user_key = ?1 AND at = ?2`);
  }

  /** How the message came: written when its row, which tells the same while it waits, is removed. */
  begin(message: string, user: string, at: Instant, { event, detail }: LedgerWords): void {
    this.#first.run(message, at, user, event, detail);
  }

  add(message: string, user: string, at: Instant, { event, detail }: LedgerWords): void {
    this.#further.run(message, at, user, event, detail);
  }

  /** Something about all that waits for a user. */
  notice(userKey: number, at: Instant, { event, detail }: LedgerWords): void {
    this.#notice.run(userKey, at, event, detail);
  }
}
