import type { DatabaseSync } from 'node:sqlite';
import { bytes, messageColumns, messageRow, text } from '../rows.ts';
import type { MessageRow } from '../rows.ts';
import { shortHash } from '../short-hash.ts';

export interface ContentRow {
  readonly headers: string;
  readonly body: Uint8Array;
}

/** What waits, as notifications, pulls and people read it. */
export function readingOperations(db: DatabaseSync) {
  const waiting = db.prepare(`
    SELECT ${messageColumns} FROM waiting w
    JOIN message m ON m.sequence = w.message
    LEFT JOIN claim c ON c.message = m.sequence
    WHERE w.user_key = ? AND m.user = ? AND m.sequence > ?
    ORDER BY m.sequence LIMIT ?`);
  const all = db.prepare(`
    SELECT ${messageColumns} FROM message m LEFT JOIN claim c ON c.message = m.sequence
    WHERE m.sequence > ? ORDER BY m.sequence LIMIT ?`);
  const one = db.prepare(`
    SELECT ${messageColumns} FROM message m LEFT JOIN claim c ON c.message = m.sequence WHERE m.id = ?`);
  const content = db.prepare('SELECT headers, body FROM message WHERE id = ?');

  return {
    /** A negative limit is none. */
    waiting(user: string, after: number, limit: number): readonly MessageRow[] {
      return waiting.all(shortHash(user), user, after, limit).map(messageRow);
    },
    list(after: number, limit: number): readonly MessageRow[] {
      return all.all(after, limit).map(messageRow);
    },
    find(id: string): MessageRow | undefined {
      const row = one.get(id);
      return row && messageRow(row);
    },
    contents(ids: readonly string[]): readonly (ContentRow | undefined)[] {
      return ids.map((id) => {
        const row = content.get(id);
        return row && { headers: text(row, 'headers'), body: bytes(row, 'body') };
      });
    },
  };
}
