import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { abandonedWords, postponedWords, sentWords } from '../../ledger-words.ts';
import type { LedgerWords } from '../../ledger-words.ts';
import { integer, text } from '../rows.ts';
import type { Row } from '../rows.ts';
import type { Tally } from '../tally.ts';
import type { Ledger } from './ledger.ts';

/** An owed disposition notification as it crosses to the main thread. */
export interface OwedRow {
  readonly id: number;
  readonly notification: string;
  readonly attempts: number;
  readonly owedSince: Instant;
}

function owedRow(row: Row): OwedRow {
  return {
    id: integer(row, 'id'),
    notification: text(row, 'notification'),
    attempts: integer(row, 'attempts'),
    owedSince: integer(row, 'owed_since'),
  };
}

function outboxStatements(db: DatabaseSync) {
  return {
    due: db.prepare(`
      SELECT id, notification, attempts, owed_since FROM outbox
      WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`),
    next: db.prepare('SELECT min(due_at) AS due_at FROM outbox'),
    find: db.prepare(`
      SELECT o.message, o.sender, l.user FROM outbox o
      LEFT JOIN ledger l ON l.message = o.message AND l.entry = 1 WHERE o.id = ?`),
    postpone: db.prepare('UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?'),
    remove: db.prepare('DELETE FROM outbox WHERE id = ?'),
    hasten: db.prepare('UPDATE outbox SET due_at = ?1 WHERE sender = ?2 AND due_at > ?1'),
  };
}

export function outboxOperations(db: DatabaseSync, ledger: Ledger, tally: Tally) {
  const statements = outboxStatements(db);

  function tell(id: number, at: Instant, words: (sender: string) => LedgerWords): boolean {
    const row = statements.find.get(id);
    if (row === undefined) return false;
    ledger.add(text(row, 'message'), text(row, 'user'), at, words(text(row, 'sender')));
    return true;
  }
  function remove(id: number): void {
    statements.remove.run(id);
    tally.add('owed', -1);
  }

  return {
    due(now: Instant, limit: number): readonly OwedRow[] {
      return statements.due.all(now, limit).map(owedRow);
    },
    nextDue(): Instant | undefined {
      const row = statements.next.get();
      return row === undefined || row.due_at === null ? undefined : integer(row, 'due_at');
    },
    sent(id: number, at: Instant, evidence: string): void {
      if (tell(id, at, (sender) => sentWords(sender, evidence))) remove(id);
    },
    postpone(id: number, at: Instant, until: Instant, reason: string): void {
      if (tell(id, at, () => postponedWords(until, reason))) statements.postpone.run(until, id);
    },
    abandon(id: number, at: Instant, reason: string): void {
      if (tell(id, at, () => abandonedWords(reason))) remove(id);
    },
    hasten(sender: string, at: Instant): number {
      return Number(statements.hasten.run(at, sender).changes);
    },
  };
}
