import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import type { EnqueueResult } from '../../../participating-function/ports.ts';
import type { LedgerWords } from '../../ledger-words.ts';
import { outcomeOf } from '../outcome.ts';
import { integer, text } from '../rows.ts';
import { shortHash } from '../short-hash.ts';
import type { Tally } from '../tally.ts';
import type { Ledger } from './ledger.ts';

/** A new message as it crosses to the worker. */
export interface NewMessageRow {
  readonly id: string;
  readonly user: string;
  readonly identity: string;
  readonly acceptedAt: Instant;
  readonly expiresAt: Instant;
  readonly description: string;
  readonly headers: string;
  readonly perUser: number;
  readonly words: LedgerWords;
}

export function enqueueOperation(db: DatabaseSync, ledger: Ledger, tally: Tally) {
  const waiting = db.prepare(`
    SELECT m.id FROM waiting w JOIN message m ON m.sequence = w.message
    WHERE w.user_key = ? AND w.identity_key = ?`);
  const ended = db.prepare('SELECT outcome FROM ended WHERE user_key = ? AND identity_key = ? LIMIT 1');
  const count = db.prepare(
    'SELECT count(*) AS count FROM (SELECT 1 FROM waiting WHERE user_key = ? LIMIT ?)',
  );
  const insert = db.prepare(`
    INSERT INTO message (id, user, user_key, identity_key, accepted_at, expires_at, description, headers, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const list = db.prepare('INSERT INTO waiting (user_key, identity_key, message) VALUES (?, ?, ?)');

  function refusal(userKey: bigint, identityKey: bigint, perUser: number): EnqueueResult | undefined {
    const twin = waiting.get(userKey, identityKey);
    if (twin !== undefined) return { kind: 'already-waiting', id: text(twin, 'id') };
    const predecessor = ended.get(userKey, identityKey);
    if (predecessor !== undefined) {
      return { kind: 'already-settled', outcome: outcomeOf(text(predecessor, 'outcome')) };
    }
    const others = integer(count.get(userKey, perUser) ?? {}, 'count');
    if (others >= perUser) return { kind: 'queue-full' };
    if (others === 0) tally.add('users', 1);
    return undefined;
  }

  return {
    enqueue(row: NewMessageRow, body: Uint8Array): EnqueueResult {
      const userKey = shortHash(row.user);
      const identityKey = shortHash(row.identity);
      const refused = refusal(userKey, identityKey, row.perUser);
      if (refused !== undefined) return refused;
      const { id, user, acceptedAt, expiresAt, description, headers } = row;
      const { lastInsertRowid } = insert.run(
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
      const sequence = Number(lastInsertRowid);
      list.run(userKey, identityKey, sequence);
      ledger.begin(id, user, acceptedAt, row.words);
      tally.add('waiting', 1);
      return { kind: 'stored', sequence };
    },
  };
}
