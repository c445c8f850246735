import type { DatabaseSync } from 'node:sqlite';
import type { Settlement } from '../../../participating-function/deferred/deferred-message.ts';
import { owedWords, settledWords } from '../../ledger-words.ts';
import { acceptedEntry } from '../accepted-entry.ts';
import { integer, text } from '../rows.ts';
import type { Row } from '../rows.ts';
import type { Tally } from '../tally.ts';
import type { Ledger } from './ledger.ts';

function settlingStatements(db: DatabaseSync) {
  return {
    find: db.prepare(`
      SELECT m.sequence, m.user, m.accepted_at, m.expires_at, m.description, c.message IS NOT NULL AS claimed
      FROM message m LEFT JOIN claim c ON c.message = m.sequence WHERE m.id = ?`),
    end: db.prepare(`
      INSERT INTO ended (user_key, identity_key, message, outcome, at)
      SELECT user_key, identity_key, id, ?, ? FROM message WHERE sequence = ?`),
    unlist: db.prepare(`
      DELETE FROM waiting
      WHERE (user_key, identity_key) = (SELECT user_key, identity_key FROM message WHERE sequence = ?)`),
    others: db.prepare(`
      SELECT 1 FROM waiting WHERE user_key = (SELECT user_key FROM message WHERE sequence = ?) LIMIT 1`),
    remove: db.prepare('DELETE FROM message WHERE sequence = ?'),
    unclaim: db.prepare('DELETE FROM claim WHERE message = ?'),
    owe: db.prepare(`
      INSERT INTO outbox (message, status, sender, notification, owed_since, due_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?5)`),
  };
}

export function settleOperations(db: DatabaseSync, ledger: Ledger, tally: Tally) {
  const statements = settlingStatements(db);

  function end(id: string, message: Row, settlement: Settlement): void {
    const { outcome, at, owed } = settlement;
    const sequence = integer(message, 'sequence');
    const user = text(message, 'user');
    const accepted = acceptedEntry(message);
    ledger.begin(id, user, accepted.at, accepted.words);
    statements.end.run(outcome, at, sequence);
    statements.unlist.run(sequence);
    if (statements.others.get(sequence) === undefined) tally.add('users', -1);
    statements.remove.run(sequence);
    statements.unclaim.run(sequence);
    tally.add('waiting', -1);
    ledger.add(id, user, at, settledWords(settlement));
    if (owed === undefined) return;
    statements.owe.run(id, owed.status, owed.sender, JSON.stringify(owed), at);
    ledger.add(id, user, at, owedWords(owed));
    tally.add('owed', 1);
  }

  return {
    /** A pull and the expiry sweep can meet; the first one settles. */
    settle(id: string, settlement: Settlement, unclaimedOnly: boolean): boolean {
      const message = statements.find.get(id);
      if (message === undefined) return false;
      if (unclaimedOnly && integer(message, 'claimed') === 1) return false;
      end(id, message, settlement);
      return true;
    },
  };
}
