import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sql as firstMigration } from '../../../src/store/sqlite/migrations/0001-messages.ts';
import { aNewMessage, bob, start } from '../../participating-function/deferred/values.ts';
import { limits } from '../store-values.ts';
import { SqliteFolder } from './sqlite-folder.ts';

const sixtyBits = (text: string): bigint => BigInt(`0x${hash('sha256', text, 'hex').slice(0, 15)}`);

/** What the first version wrote for a message that it accepted as its third, the two before having gone. */
function writeAsFirstVersion(path: string, id: string): void {
  using db = new DatabaseSync(path);
  db.exec('CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT');
  db.exec(firstMigration);
  db.prepare('INSERT INTO migration (number, name) VALUES (1, ?)').run('0001-messages');
  const { user, identity, acceptedAt, expiresAt, content, ...description } = aNewMessage(id);
  const keys = [sixtyBits(user), sixtyBits(identity)];
  const insert = db.prepare('INSERT INTO message VALUES (3, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?, ?)');
  const texts = [JSON.stringify({ ...description, identity }), JSON.stringify(content.headers)];
  insert.run(id, user, ...keys, acceptedAt, expiresAt, ...texts, content.body);
  db.prepare('INSERT INTO waiting VALUES (?, ?, 3)').run(...keys);
  const ledger = db.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)');
  ledger.run(id, 1, acceptedAt, user, 'accepted', 'as the first version wrote it');
  ledger.run(id, 2, acceptedAt + 1, user, 'released', 'the attempt failed: 486 Busy Here');
  const ended = [sixtyBits(user), sixtyBits('identity of m0'), 'm0', 'deleted', start] as const;
  db.prepare('INSERT INTO ended VALUES (?, ?, ?, ?, ?)').run(...ended);
  db.prepare('INSERT INTO told VALUES (?, ?, 2)').run(sixtyBits(user), 'sip:phone');
  db.exec("UPDATE tally SET value = 1 WHERE name IN ('waiting', 'users')");
}

test('a database of the first version is read as if this one had written it', async () => {
  using folder = new SqliteFolder();
  writeAsFirstVersion(join(folder.directory, 'restante.db'), 'm1');
  await using store = await folder.open();
  const message = aNewMessage('m1');
  const { content, ...description } = message;
  expect(await store.queue.waiting(bob)).toMatchObject([{ ...description, sequence: 3, attempts: 1 }]);
  expect(await store.queue.contents(['m1'])).toEqual([content]);
  expect(await store.deliveries.seen(bob, message.identity)).toBe('waiting');
  expect(await store.deliveries.seen(bob, 'identity of m0')).toBe('settled');
  expect(await store.notifications.told(bob, 'sip:phone')).toBe(2);
  expect(await store.queue.enqueue(aNewMessage('m2'), limits)).toEqual({ kind: 'stored', sequence: 4 });
  const settled = { outcome: 'deleted', at: start + 2, evidence: 'asked for' } as const;
  expect(await store.queue.settle('m1', settled)).toBe(true);
  const story = await store.inspection.story('m1');
  expect(story.map(({ event }) => event)).toEqual(['accepted', 'released', 'deleted']);
});
