import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { aNewMessage, bob, start } from '../../participating-function/deferred/values.ts';
import { aSettlement, anAccount, limits } from '../store-values.ts';
import { SqliteFolder } from './sqlite-folder.ts';

test('two servers never run on one directory', async () => {
  using folder = new SqliteFolder();
  {
    await using running = await folder.open();
    expect(await running.queue.waiting(bob)).toEqual([]);
    await expect(folder.open()).rejects.toThrow(
      `Another server is running on the data directory ${folder.directory}`,
    );
  }
  await using next = await folder.open();
  expect(await next.queue.waiting(bob)).toEqual([]);
});

test('a tool works beside a running server, and the server learns of it', async () => {
  using folder = new SqliteFolder();
  await using server = await folder.open();
  const changed = new Promise<void>((resolve) => server.onForeignChange(resolve));
  await server.queue.enqueue(aNewMessage('m1'), limits);
  await using tool = await folder.open({ role: 'tool' });
  expect((await tool.queue.waiting(bob)).map(({ id }) => id)).toEqual(['m1']);
  await tool.queue.settle('m1', aSettlement('withdrawn', start));
  await changed;
  expect(await server.queue.waiting(bob)).toEqual([]);
  expect(await server.inspection.counts()).toEqual({ waiting: 0, claimed: 0, users: 0, owed: 0 });
});

test('a tool can be the first on a new directory', async () => {
  using folder = new SqliteFolder();
  await using tool = await folder.open({ role: 'tool', directory: join(folder.directory, 'a', 'b') });
  await tool.accounts.put(anAccount('bob'));
  expect(await tool.accounts.known(bob)).toBe(true);
});

test('the server is not told of its own changes', async () => {
  using folder = new SqliteFolder();
  await using server = await folder.open();
  let told = 0;
  server.onForeignChange(() => (told += 1));
  await server.queue.enqueue(aNewMessage('m1'), limits);
  await using tool = await folder.open({ role: 'tool' });
  const changed = new Promise<void>((resolve) => server.onForeignChange(resolve));
  await tool.accounts.put(anAccount('bob'));
  await changed;
  expect(told).toBe(1);
});

test('a directory that cannot be made is named', async () => {
  using folder = new SqliteFolder();
  const file = join(folder.directory, 'file');
  writeFileSync(file, '');
  const directory = join(file, 'data');
  await expect(folder.open({ directory })).rejects.toThrow(
    `The data directory ${directory} cannot be created`,
  );
});

test.runIf(existsSync('/proc/self'))(
  'a place where the system makes nothing is named, not waited for',
  async () => {
    using folder = new SqliteFolder();
    await expect(folder.open({ directory: '/proc/restante/data' })).rejects.toThrow('cannot be created');
  },
);

test('a damaged database is named, with what to do, and left as it is', async () => {
  using folder = new SqliteFolder();
  const path = join(folder.directory, 'restante.db');
  const text = 'this is no database, whatever its name says. '.repeat(100);
  writeFileSync(path, text);
  await expect(folder.open()).rejects.toThrow(
    new RegExp(`The database ${path} cannot be used .*put a sound copy in its place`),
  );
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a database in the place of which a directory stands is named', async () => {
  using folder = new SqliteFolder();
  mkdirSync(join(folder.directory, 'restante.db'));
  await expect(folder.open()).rejects.toThrow(join(folder.directory, 'restante.db'));
});

test('a database of a newer program is refused by the name of its migration', async () => {
  using folder = new SqliteFolder();
  await (await folder.open())[Symbol.asyncDispose]();
  const db = new DatabaseSync(join(folder.directory, 'restante.db'));
  db.exec("INSERT INTO migration (number, name) VALUES (9999, '9999-from-the-future')");
  db.close();
  await expect(folder.open()).rejects.toThrow(
    'newer than this program: it has the migration 9999-from-the-future). Start the newer version',
  );
});
