import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { deliveredWords } from '../../ledger-words.ts';
import type { LedgerWords } from '../../ledger-words.ts';
import { shortHash } from '../short-hash.ts';
import type { Ledger } from './ledger.ts';

/** A message that was delivered without being deferred, as it crosses to the worker. */
export interface DeliveredRow {
  readonly id: string;
  readonly user: string;
  readonly identity: string;
  readonly acceptedAt: Instant;
  readonly at: Instant;
  readonly received: LedgerWords;
  readonly evidence: string;
}

export function deliveryOperations(db: DatabaseSync, ledger: Ledger) {
  const waiting = db.prepare('SELECT 1 FROM waiting WHERE user_key = ? AND identity_key = ?');
  const ended = db.prepare('SELECT 1 FROM ended WHERE user_key = ? AND identity_key = ? LIMIT 1');
  const end = db.prepare(`
    INSERT INTO ended (user_key, identity_key, message, outcome, at) VALUES (?, ?, ?, 'delivered', ?)`);

  return {
    seen(user: string, identity: string): 'waiting' | 'settled' | undefined {
      const userKey = shortHash(user);
      const identityKey = shortHash(identity);
      if (waiting.get(userKey, identityKey) !== undefined) return 'waiting';
      return ended.get(userKey, identityKey) === undefined ? undefined : 'settled';
    },
    delivered(row: DeliveredRow): void {
      const { id, user, acceptedAt, at } = row;
      end.run(shortHash(user), shortHash(row.identity), id, at);
      ledger.begin(id, user, acceptedAt, row.received);
      ledger.add(id, user, at, deliveredWords(row.evidence));
    },
  };
}
