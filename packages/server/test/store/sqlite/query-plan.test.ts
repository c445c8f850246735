import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate } from '../../../src/store/sqlite/migrate.ts';
import { operationsOn } from '../../../src/store/sqlite/operations.ts';
import { Tally } from '../../../src/store/sqlite/tally.ts';

/** Every statement that the store prepares. */
function statementsOf(db: DatabaseSync): readonly string[] {
  const prepared: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    prepared.push(sql);
    return prepare(sql);
  };
  operationsOn(db, new Tally(db));
  db.prepare = prepare;
  return prepared;
}

function plansOf(db: DatabaseSync): readonly { readonly sql: string; readonly step: string }[] {
  return statementsOf(db).flatMap((sql) => {
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return steps.map(({ detail }) => ({ sql: sql.replaceAll(/\s+/g, ' ').trim(), step: String(detail) }));
  });
}

test('no operation reads its way through what grows with messages, users or pulls', () => {
  using db = new DatabaseSync(':memory:');
  migrate(db);
  const scans = plansOf(db).filter(({ step }) => step.startsWith('SCAN'));
  // What is held just now, the accounts when they are listed, and a page of results are small.
  const small = /^SCAN (c|claim|account|tally|found|CONSTANT ROW|\(subquery-\d+\)|\(join-\d+\))(?= |$)/;
  // The first row in the order of an index.
  const first = /^SCAN \w+ USING COVERING INDEX (outbox_due|ended_at)$/;
  expect(scans.filter(({ step }) => !small.test(step) && !first.test(step))).toEqual([]);
});
