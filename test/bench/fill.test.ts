import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { fillStore } from '../../bench/harness/fill.ts';
import { readWaitingMessage, waitingUser } from '../../bench/harness/waiting-message.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts';
import { TemporaryFolder } from '../../packages/server/test/support/temporary-folder.ts';

const acceptedAt = 1_772_355_600_000;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** All rows of all tables, each table in the order of its key. */
function contents(folder: string): ReadonlyMap<string, Rows> {
  using db = new DatabaseSync(join(folder, 'restante.db'));
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return new Map(
    names.map(({ name }) => {
      const statement = db.prepare(`SELECT * FROM ${String(name)}`);
      statement.setReadBigInts(true);
      return [String(name), statement.all()];
    }),
  );
}

test('bench: a filled database is what the store writes for the same messages', async () => {
  using folder = new TemporaryFolder();
  const filled = join(folder.path, 'filled');
  const written = join(folder.path, 'written');
  await fillStore(filled, { messages: 7, users: 3, acceptedAt, batch: 3 });
  const expected = contents(filled);

  const store = await openSqliteStore({ directory: written });
  for (const [number, row] of (expected.get('message') ?? []).entries()) {
    const message = { number, user: number % 3, acceptedAt: Number(row['accepted_at']) };
    const { description, content } = await readWaitingMessage(message);
    await store.queue.enqueue({ ...description, id: String(row['id']), content }, { perUser: 10 });
  }
  await store[Symbol.asyncDispose]();

  expect(expected.get('message')).toHaveLength(7);
  expect(contents(written)).toEqual(expected);
});

test('bench: a database is filled on where it holds messages already', async () => {
  using folder = new TemporaryFolder();
  await fillStore(folder.path, { messages: 4, users: 2 });
  await fillStore(folder.path, { messages: 3, first: 4 });
  const store = await openSqliteStore({ directory: folder.path });
  const { user } = (await readWaitingMessage({ number: 6, user: 6, acceptedAt })).description;
  const counts = await store.inspection.counts();
  const waiting = await store.queue.waiting(user);
  await store[Symbol.asyncDispose]();
  expect(counts).toMatchObject({ waiting: 7, users: 5 });
  expect(waiting.map(({ to }) => to)).toEqual([waitingUser(6)]);
});
