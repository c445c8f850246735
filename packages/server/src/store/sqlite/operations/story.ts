import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { acceptedEntry } from '../accepted-entry.ts';
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

function acceptance(row: Row): StoryRow {
  const { at, words } = acceptedEntry(row);
  return { at, user: text(row, 'user'), ...words, ofUser: false };
}

/** The ledger of an earlier version has the acceptance of messages that still wait. */
const isNoAcceptance = ({ event }: StoryRow): boolean => event !== 'accepted';

export function storyOperations(db: DatabaseSync, tally: Tally) {
  const entries = db.prepare('SELECT at, user, event, detail FROM ledger WHERE message = ? ORDER BY entry');
  const notices = db.prepare(`
    SELECT at, event, detail FROM notice WHERE user_key = ? AND at BETWEEN ? AND ? ORDER BY at, entry`);
  const waiting = db.prepare('SELECT user, accepted_at, expires_at, description FROM message WHERE id = ?');
  const ended = db.prepare('SELECT at FROM ended WHERE user_key = ? AND message = ?');
  const lastEnded = db.prepare('SELECT message FROM ended ORDER BY at DESC LIMIT ?');
  const claimed = db.prepare('SELECT count(*) AS count FROM claim');

  function end(id: string, userKey: number): Instant {
    const row = ended.get(userKey, id);
    return row === undefined ? 0 : integer(row, 'at');
  }

  function noticesOf(user: string, userKey: number, from: Instant, until: Instant): readonly StoryRow[] {
    return notices.all(userKey, from, until).map((row) => ({
      at: integer(row, 'at'),
      user,
      event: text(row, 'event'),
      detail: text(row, 'detail'),
      ofUser: true,
    }));
  }

  return {
    story(id: string): readonly StoryRow[] {
      const row = waiting.get(id);
      const written = entries.all(id).map(entryRow);
      const own = row === undefined ? written : [acceptance(row), ...written.filter(isNoAcceptance)];
      const [first] = own;
      if (first === undefined) return [];
      const userKey = shortHash(first.user);
      const until = row === undefined ? end(id, userKey) : endless;
      const shared = noticesOf(first.user, userKey, first.at, until);
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
