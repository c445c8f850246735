import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { systemRandom } from '@restante/sip';
import { newMessageId } from '../../packages/server/src/participating-function/message-id.ts';
import { openDatabase } from '../../packages/server/src/store/sqlite/database.ts';
import { shortHash } from '../../packages/server/src/store/sqlite/short-hash.ts';
import { Tally } from '../../packages/server/src/store/sqlite/tally.ts';
import { rowTemplates, userPart } from './row-template.ts';
import { waitingIdentity, waitingMessageId, waitingUser } from './waiting-message.ts';

export interface FillOptions {
  /** How many messages are to wait. */
  readonly messages: number;
  /** For how many users, in turn; a user of its own for each message unless said otherwise. */
  readonly users?: number;
  /** Number of the first message and of the first user, where some wait already; 0. */
  readonly first?: number;
  /** When the last ones were accepted, in milliseconds; now. Those before them came earlier by a second for each batch. */
  readonly acceptedAt?: number;
  /** Messages that one second brought. */
  readonly batch?: number;
}

interface Batch {
  readonly number: number;
  readonly count: number;
  readonly users: number;
  readonly first: number;
  readonly acceptedAt: number;
}

/**
 * Makes the messages wait in the database in this folder, which is made where it does not exist and on which no server
 * may run. What is written is what the store writes for the same messages (`rowTemplates`), synced once, at the end.
 * Message n is for `waitingUser(n % users)` and has `waitingMessageId(n)`.
 */
export async function fillStore(directory: string, options: FillOptions): Promise<void> {
  const { messages, users = messages, first = 0, acceptedAt = Date.now(), batch = 20_000 } = options;
  const settings = { directory, role: 'server', busyMilliseconds: 5000, maxPages: undefined } as const;
  const { db, path, close } = openDatabase(settings);
  try {
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000');
    db.exec('PRAGMA temp_store = MEMORY');
    db.exec(`
      CREATE TEMP TABLE batch (sequence INTEGER PRIMARY KEY, id TEXT, user TEXT, message_id TEXT,
        user_key INTEGER, identity_key INTEGER)`);
    const begun = acceptedAt - 1000 * Math.ceil(messages / batch);
    for (let number = 0; number < messages; number += batch) {
      const at = begun + 1000 * (1 + number / batch);
      const count = Math.min(batch, messages - number);
      await putBatch(db, { number, count, users, first, acceptedAt: at });
    }
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    close();
  }
  sync(path);
}

async function putBatch(db: DatabaseSync, batch: Batch): Promise<void> {
  const templates = await rowTemplates(batch.acceptedAt);
  db.exec('BEGIN IMMEDIATE');
  const tally = new Tally(db);
  list(db, tally, batch);
  for (const { insert, values } of templates) db.prepare(insert).run(...values);
  tally.add('waiting', batch.count);
  tally.add('users', Math.max(0, Math.min(batch.users - batch.number, batch.count)));
  tally.write();
  db.exec('DELETE FROM batch; COMMIT');
}

/** What tells the messages of a batch apart. */
function list(db: DatabaseSync, tally: Tally, { number, count, users, first, acceptedAt }: Batch): void {
  const insert = db.prepare('INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)');
  for (let index = 0; index < count; index += 1) {
    const message = first + number + index;
    const user = first + ((number + index) % users);
    insert.run(
      tally.nextSequence(),
      newMessageId(acceptedAt, systemRandom),
      userPart(user),
      waitingMessageId(message),
      shortHash(waitingUser(user)),
      shortHash(waitingIdentity(message)),
    );
  }
}

/** What is still on its way to the disk would slow down whoever measures next. */
function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
