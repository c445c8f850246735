import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import type { EnqueueResult } from '../../../participating-function/ports.ts';
import { outcomeOf } from '../outcome.ts';
import { integer, text } from '../rows.ts';
import { shortHash } from '../short-hash.ts';
import type { Tally } from '../tally.ts';

/** A new message, but for its body, as it crosses to the worker. */
export interface NewMessageRow {
  readonly id: string;
  readonly user: string;
  readonly identity: string;
  readonly acceptedAt: Instant;
  readonly expiresAt: Instant;
  readonly description: string;
  readonly headers: string;
  readonly perUser: number;
}

function enqueueStatements(db: DatabaseSync) {
  return {
    waiting: db.prepare(`
      SELECT m.id FROM waiting w JOIN message m ON m.sequence = w.message
      WHERE w.user_key = ? AND w.identity_key = ?`),
    ended: db.prepare('SELECT outcome FROM ended WHERE user_key = ? AND identity_key = ? LIMIT 1'),
    // No LIMIT is bound here: SQLite plans such a statement anew at every execution.
    others: db.prepare('SELECT 1 FROM waiting WHERE user_key = ? LIMIT 1'),
    count: db.prepare('SELECT count(*) AS count FROM waiting WHERE user_key = ?'),
    insert: db.prepare(`
      INSERT INTO message
        (sequence, id, user, user_key, identity_key, accepted_at, expires_at, description, headers, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    list: db.prepare('INSERT INTO waiting (user_key, identity_key, message) VALUES (?, ?, ?)'),
  };
}

export function enqueueOperation(db: DatabaseSync, tally: Tally) {
  const statements = enqueueStatements(db);

  function refusal(userKey: number, identityKey: number, perUser: number): EnqueueResult | undefined {
    const predecessor = statements.ended.get(userKey, identityKey);
    if (predecessor !== undefined) {
      return { kind: 'already-settled', outcome: outcomeOf(text(predecessor, 'outcome')) };
    }
    if (statements.others.get(userKey) === undefined) {
      tally.add('users', 1);
      return undefined;
    }
    const twin = statements.waiting.get(userKey, identityKey);
    if (twin !== undefined) return { kind: 'already-waiting', id: text(twin, 'id') };
    const others = integer(statements.count.get(userKey) ?? {}, 'count');
    return others >= perUser ? { kind: 'queue-full' } : undefined;
  }

  return {
    enqueue(row: NewMessageRow, body: Uint8Array): EnqueueResult {
      const { id, user, acceptedAt, expiresAt, description, headers } = row;
      const userKey = shortHash(user);
      const identityKey = shortHash(row.identity);
      const refused = refusal(userKey, identityKey, row.perUser);
      if (refused !== undefined) return refused;
      const sequence = tally.nextSequence();
      statements.list.run(userKey, identityKey, sequence);
      statements.insert.run(
        sequence,
        id,
        user,
        userKey,
        identityKey,
        acceptedAt,
        expiresAt,
        description,
        headers,
        body,
      );
      tally.add('waiting', 1);
      return { kind: 'stored', sequence };
    },
  };
}
