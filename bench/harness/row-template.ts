import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue } from 'node:sqlite';
import { encodeMessage } from '../../packages/server/src/store/sqlite/message-codec.ts';
import { migrate } from '../../packages/server/src/store/sqlite/migrate.ts';
import { operationsOn } from '../../packages/server/src/store/sqlite/operations.ts';
import { shortHash } from '../../packages/server/src/store/sqlite/short-hash.ts';
import { Tally } from '../../packages/server/src/store/sqlite/tally.ts';
import { readWaitingMessage, waitingIdentity, waitingMessageId, waitingUser } from './waiting-message.ts';

/** One row of one table, with an SQL expression over the table `batch` where one message differs from another. */
export interface TableTemplate {
  readonly insert: string;
  readonly values: readonly SQLOutputValue[];
}

/** Stands for an id, and is as long as one. */
const placeholderId = 'dm-000000000ffffffffffffffffffff';
/** Like no other number in a row. */
const placeholderSequence = 987_654_321_987;

/**
 * What the store writes for one message accepted at this time, table by table: the message is put into an empty
 * database by the store's own operation, and what is found there is taken as the pattern of all others.
 * Columns of `batch`: sequence, id, user (`waiting-…` in the address), message_id, user_key, identity_key.
 */
export async function rowTemplates(acceptedAt: number): Promise<readonly TableTemplate[]> {
  const db = new DatabaseSync(':memory:');
  try {
    await putPlaceholder(db, acceptedAt);
    return tablesOf(db).flatMap((table) => {
      const statement = db.prepare(`SELECT * FROM ${table}`);
      statement.setReadBigInts(true);
      return statement.all().map((row) => templateOf(db, table, row));
    });
  } finally {
    db.close();
  }
}

async function putPlaceholder(db: DatabaseSync, acceptedAt: number): Promise<void> {
  migrate(db);
  db.prepare("UPDATE tally SET value = ? WHERE name = 'sequence'").run(placeholderSequence - 1);
  const { description, content } = await readWaitingMessage({ number: 0, user: 0, acceptedAt });
  const message = { ...description, id: placeholderId, content };
  const result = operationsOn(db, new Tally(db)).enqueue(encodeMessage(message, 1), content.body);
  if (result.kind !== 'stored') throw new Error(`the store refused a message: ${result.kind}`);
}

/** All but those that are the same whatever waits. */
function tablesOf(db: DatabaseSync): readonly string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => name !== 'migration' && name !== 'tally');
}

function templateOf(db: DatabaseSync, table: string, row: Record<string, SQLOutputValue>): TableTemplate {
  const columns = Object.keys(row);
  const values: SQLOutputValue[] = [];
  const expressions = columns.map((column) => expressionFor(row[column] ?? null, values));
  const keys = db
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .all(table)
    .map(({ name }) => expressions[columns.indexOf(String(name))] ?? '1');
  // In the order of the table's own tree, so that no page is written twice.
  const insert = `
    INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${expressions.join(', ')} FROM batch ORDER BY ${keys.filter((key) => !key.startsWith('?')).join(', ')}`;
  return { insert, values };
}

function expressionFor(value: SQLOutputValue, values: SQLOutputValue[]): string {
  if (value === placeholderId) return 'id';
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (number === placeholderSequence) return 'sequence';
    if (number === shortHash(waitingUser(0))) return 'user_key';
    if (number === shortHash(waitingIdentity(0))) return 'identity_key';
  }
  if (typeof value === 'string') return joined(value, values, (part) => part);
  // Octets pass through SQL's text unchanged: nothing there looks into them.
  if (value instanceof Uint8Array)
    return `CAST(${joined(Buffer.from(value).toString('latin1'), values, octets)} AS BLOB)`;
  return parameter(value, values);
}

const places: ReadonlyMap<string, string> = new Map([
  [userPart(0), 'user'],
  [waitingMessageId(0), 'message_id'],
  [placeholderId, 'id'],
]);
const anyPlaceholder = new RegExp(`(${[...places.keys()].join('|')})`);

/** The text, with columns of `batch` where it says what belongs to one message. */
function joined(text: string, values: SQLOutputValue[], encode: (part: string) => SQLOutputValue): string {
  const parts = text.split(anyPlaceholder).filter((part) => part !== '');
  return `concat(${parts.map((part) => places.get(part) ?? parameter(encode(part), values)).join(', ')})`;
}

function octets(part: string): SQLOutputValue {
  return Buffer.from(part, 'latin1');
}

function parameter(value: SQLOutputValue, values: SQLOutputValue[]): string {
  values.push(value);
  return `?${values.length}`;
}

/** What tells the addresses of two users apart. */
export function userPart(number: number): string {
  return waitingUser(number).replace(/^sip:|@.*$/g, '');
}
