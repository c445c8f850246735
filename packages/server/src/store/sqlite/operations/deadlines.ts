import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { warnedWords } from '../../ledger-words.ts';
import { integer, messageColumns, messageRow, text } from '../rows.ts';
import type { MessageRow } from '../rows.ts';
import type { Ledger } from './ledger.ts';

// The index holds the warned and the unwarned apart, each in the order of expiry: both ends are one step away.
const unclaimed = (warned: 0 | 1) => `
  SELECT m.sequence, m.expires_at FROM message m
  WHERE m.warned = ${warned} AND m.expires_at BETWEEN ?1 AND ?2
  AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.message = m.sequence)
  ORDER BY m.expires_at, m.sequence LIMIT ?3`;

const read = (found: string) => `
  SELECT ${messageColumns} FROM (${found}) found
  JOIN message m ON m.sequence = found.sequence
  LEFT JOIN claim c ON c.message = m.sequence
  ORDER BY m.expires_at, m.sequence LIMIT ?3`;

const first = (warned: 0 | 1) => `
  SELECT m.expires_at FROM message m WHERE m.warned = ${warned}
  AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.message = m.sequence)
  ORDER BY m.expires_at LIMIT 1`;

export function deadlineOperations(db: DatabaseSync, ledger: Ledger) {
  const either = `SELECT * FROM (${unclaimed(0)}) UNION ALL SELECT * FROM (${unclaimed(1)})`;
  const expired = db.prepare(read(either));
  const expiring = db.prepare(read(unclaimed(0)));
  const firstUnwarned = db.prepare(first(0));
  const firstWarned = db.prepare(first(1));
  const find = db.prepare('SELECT sequence, user FROM message WHERE id = ? AND warned = 0');
  const warn = db.prepare('UPDATE message SET warned = 1 WHERE sequence = ?');

  function earliest(statement: typeof firstWarned): Instant | undefined {
    const row = statement.get();
    return row && integer(row, 'expires_at');
  }

  return {
    expired(now: Instant, limit: number): readonly MessageRow[] {
      return expired.all(0, now, limit).map(messageRow);
    },
    expiring(now: Instant, horizon: Instant, limit: number): readonly MessageRow[] {
      return expiring.all(now, horizon, limit).map(messageRow);
    },
    markWarned(ids: readonly string[], at: Instant): void {
      for (const id of ids) {
        const message = find.get(id);
        if (message === undefined) continue;
        warn.run(integer(message, 'sequence'));
        ledger.add(id, text(message, 'user'), at, warnedWords);
      }
    },
    nextDeadlines(): { readonly expiry: Instant | undefined; readonly unwarnedExpiry: Instant | undefined } {
      const unwarnedExpiry = earliest(firstUnwarned);
      const warnedExpiry = earliest(firstWarned);
      const expiry = Math.min(unwarnedExpiry ?? Infinity, warnedExpiry ?? Infinity);
      return { expiry: Number.isFinite(expiry) ? expiry : undefined, unwarnedExpiry };
    },
  };
}
