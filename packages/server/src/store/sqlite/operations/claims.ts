import type { DatabaseSync } from 'node:sqlite';
import type { PullAction } from '@restante/cpm';
import type { Instant } from '@restante/sip';
import type { PullingDevice } from '../../../participating-function/deferred/deferred-message.ts';
import { claimedWords, releasedWords } from '../../ledger-words.ts';
import { actionOf } from '../pull-action.ts';
import { integer, messageColumns, messageRow, text } from '../rows.ts';
import type { MessageRow, Row } from '../rows.ts';
import { shortHash } from '../short-hash.ts';
import type { Ledger } from './ledger.ts';

/** A pull request as it crosses to the worker. */
export interface PullRow {
  readonly key: string;
  readonly user: string;
  readonly actions: 'deliver-all' | readonly (readonly [id: string, action: PullAction])[];
  readonly device: PullingDevice;
}

export interface ClaimRow {
  readonly pull: string;
  readonly action: PullAction;
  readonly device: string;
  readonly message: MessageRow;
}

/** Undefined: this pull was answered before. */
type ClaimAnswer = readonly ClaimRow[] | undefined;

// From the claims, which are few, to the pulls, which are kept for long: CROSS JOIN holds that order.
const claims = `
  SELECT ${messageColumns}, p.key, p.device, c.action FROM claim c
  CROSS JOIN pull p ON p.number = c.pull
  CROSS JOIN message m ON m.sequence = c.message`;
// The order of the seed, 8.3.1.6.3 step 7.
const claimOrder = `
  CASE c.action WHEN 'delete' THEN 1 WHEN 'interwork' THEN 2 WHEN 'store' THEN 3 ELSE 4 END, m.sequence`;

function claimRow(row: Row): ClaimRow {
  return {
    pull: text(row, 'key'),
    action: actionOf(text(row, 'action')),
    device: text(row, 'device'),
    message: messageRow(row),
  };
}

function claimingStatements(db: DatabaseSync) {
  return {
    begin: db.prepare('INSERT INTO pull (key, device, at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING'),
    cancel: db.prepare('DELETE FROM pull WHERE number = ?'),
    takeAll: db.prepare(`
      INSERT INTO claim (message, pull, action)
      SELECT m.sequence, ?, 'deliver' FROM waiting w JOIN message m ON m.sequence = w.message
      WHERE w.user_key = ? AND m.user = ? AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.message = m.sequence)`),
    take: db.prepare(`
      INSERT INTO claim (message, pull, action)
      SELECT m.sequence, ?, ? FROM message m
      WHERE m.id = ? AND m.user = ? AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.message = m.sequence)`),
    taken: db.prepare(`${claims} WHERE c.pull = ? ORDER BY ${claimOrder}`),
  };
}

export function claimOperation(db: DatabaseSync, ledger: Ledger) {
  const statements = claimingStatements(db);

  function take({ user, actions }: PullRow, number: number | bigint): void {
    if (actions === 'deliver-all') statements.takeAll.run(number, shortHash(user), user);
    else for (const [id, action] of actions) statements.take.run(number, action, id, user);
  }

  return {
    claim(pull: PullRow, at: Instant): ClaimAnswer {
      const { changes, lastInsertRowid: number } = statements.begin.run(
        pull.key,
        JSON.stringify(pull.device),
        at,
      );
      if (changes === 0) return undefined;
      take(pull, number);
      const rows = statements.taken.all(number).map(claimRow);
      if (rows.length === 0) statements.cancel.run(number);
      for (const { action, message } of rows) {
        ledger.add(message.id, message.user, at, claimedWords(action, pull.device));
      }
      return rows;
    },
  };
}

export function claimUpkeepOperations(db: DatabaseSync, ledger: Ledger) {
  const open = db.prepare(`${claims} ORDER BY p.number, ${claimOrder}`);
  const find = db.prepare('SELECT sequence, user FROM message WHERE id = ?');
  const drop = db.prepare('DELETE FROM claim WHERE message = ?');
  const count = db.prepare('UPDATE message SET attempts = attempts + 1 WHERE sequence = ?');

  return {
    openClaims(): readonly ClaimRow[] {
      return open.all().map(claimRow);
    },
    release(id: string, at: Instant, reason: string, failed: boolean): void {
      const message = find.get(id);
      if (message === undefined) return;
      const sequence = integer(message, 'sequence');
      if (drop.run(sequence).changes === 0) return;
      if (failed) count.run(sequence);
      ledger.add(id, text(message, 'user'), at, releasedWords(reason, failed));
    },
  };
}
