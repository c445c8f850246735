import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '@restante/sip';
import { noticeWords } from '../../ledger-words.ts';
import { integer } from '../rows.ts';
import { shortHash } from '../short-hash.ts';
import type { Ledger } from './ledger.ts';

/** What became of one notification, as it crosses to the worker. */
export interface NoticeRow {
  readonly user: string;
  readonly target: string;
  readonly upTo: number | undefined;
  readonly at: Instant;
  readonly evidence: string;
}

export function notificationOperations(db: DatabaseSync, ledger: Ledger) {
  const told = db.prepare('SELECT up_to FROM told WHERE user_key = ? AND target = ?');
  const tell = db.prepare(`
    INSERT INTO told (user_key, target, up_to) VALUES (?, ?, ?)
    ON CONFLICT (user_key, target) DO UPDATE SET up_to = max(up_to, excluded.up_to)`);
  const waits = db.prepare('SELECT 1 FROM waiting WHERE user_key = ? LIMIT 1');

  return {
    told(user: string, target: string): number {
      const row = told.get(shortHash(user), target);
      return row === undefined ? 0 : integer(row, 'up_to');
    },
    recordNotice({ user, target, upTo, at, evidence }: NoticeRow): void {
      const userKey = shortHash(user);
      if (upTo !== undefined) tell.run(userKey, target, upTo);
      ledger.notice(userKey, at, noticeWords(target, upTo !== undefined, evidence));
    },
    withWaiting(users: readonly string[]): readonly string[] {
      return users.filter((user) => waits.get(shortHash(user)) !== undefined);
    },
  };
}
