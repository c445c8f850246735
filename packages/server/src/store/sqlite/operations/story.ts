import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { integer, text } from '../rows.ts';
import type { Row } from '../rows.ts';
import { shortHash } from '../short-hash.ts';
import type { Tally } from '../tally.ts';

/** One line of a message's story; `ofUser`: it happened to all that waited for the user. */
export interface StoryRow {
  readonly at: Instant;
  readonly user: string;
  readonly event: string;
  readonly detail: string;
  readonly ofUser: boolean;
}

const endless = Number.MAX_SAFE_INTEGER;

function entryRow(row: Row): StoryRow {
  return {
    at: integer(row, 'at'),
    user: text(row, 'user'),
    event: text(row, 'event'),
    detail: text(row, 'detail'),
    ofUser: false,
  };
}

export function storyOperations(db: DatabaseSync, tally: Tally) {
  const entries = db.prepare('SELECT at, user, event, detail FROM ledger WHERE message = ? ORDER BY entry');
  const notices = db.prepare(`
    SELECT at, event, detail FROM notice WHERE user_key = ? AND at BETWEEN ? AND ? ORDER BY at, entry`);
  const waits = db.prepare('SELECT 1 FROM message WHERE id = ?');
  const ended = db.prepare('SELECT at FROM ended WHERE user_key = ? AND message = ?');
  const lastEnded = db.prepare('SELECT message FROM ended ORDER BY at DESC LIMIT ?');
  const claimed = db.prepare('SELECT count(*) AS count FROM claim');

  function end(id: string, userKey: bigint): Instant {
    if (waits.get(id) !== undefined) return endless;
    const row = ended.get(userKey, id);
    return row === undefined ? 0 : integer(row, 'at');
  }

  return {
    story(id: string): readonly StoryRow[] {
      const own = entries.all(id).map(entryRow);
      const [first] = own;
      if (first === undefined) return [];
      const { user } = first;
      const userKey = shortHash(user);
      const shared = notices.all(userKey, first.at, end(id, userKey)).map((row) => ({
        at: integer(row, 'at'),
        user,
        event: text(row, 'event'),
        detail: text(row, 'detail'),
        ofUser: true,
      }));
      return [...own, ...shared].sort((one, other) => one.at - other.at);
    },
    ended(limit: number): readonly string[] {
      return lastEnded.all(limit).map((row) => text(row, 'message'));
    },
    counts() {
      const claims = claimed.get() ?? {};
      return { ...tally.read(), claimed: integer(claims, 'count') };
    },
  };
}
