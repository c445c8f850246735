import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { integer, text } from '../rows.ts';

function forgettingStatements(db: DatabaseSync) {
  return {
    // What is still owed is told in the ledger when it is sent.
    ended: db.prepare(`
      SELECT e.user_key, e.identity_key, e.message FROM ended e
      WHERE e.at < ? AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = e.message)
      ORDER BY e.at LIMIT ?`),
    removeEnded: db.prepare('DELETE FROM ended WHERE user_key = ? AND identity_key = ? AND message = ?'),
    removeStory: db.prepare('DELETE FROM ledger WHERE message = ?'),
    waits: db.prepare('SELECT 1 FROM waiting WHERE user_key = ? LIMIT 1'),
    removeTold: db.prepare('DELETE FROM told WHERE user_key = ?'),
    // What happened while a message waits belongs to its story.
    removeNotices: db.prepare(`
      DELETE FROM notice WHERE user_key = ?1 AND at < min(?2, (
        SELECT coalesce(min(m.accepted_at), ?2) FROM waiting w JOIN message m ON m.sequence = w.message
        WHERE w.user_key = ?1))`),
    removePulls: db.prepare(`
      DELETE FROM pull WHERE number IN (
        SELECT p.number FROM pull p
        WHERE p.at < ? AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.pull = p.number)
        ORDER BY p.at LIMIT ?)`),
  };
}

export function forgetOperation(db: DatabaseSync) {
  const statements = forgettingStatements(db);

  function forgetUser(userKey: number, horizon: Instant): void {
    statements.removeNotices.run(userKey, horizon);
    // A later message has a higher sequence than any that was told: nothing is repeated.
    if (statements.waits.get(userKey) === undefined) statements.removeTold.run(userKey);
  }

  return {
    forget(horizon: Instant, limit: number): number {
      const rows = statements.ended.all(horizon, limit);
      for (const row of rows) {
        const message = text(row, 'message');
        const userKey = integer(row, 'user_key');
        statements.removeEnded.run(userKey, integer(row, 'identity_key'), message);
        statements.removeStory.run(message);
        forgetUser(userKey, horizon);
      }
      statements.removePulls.run(horizon, limit);
      return rows.length;
    },
  };
}
