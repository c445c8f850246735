import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src/store/sqlite/migrate.ts';

function schemaOf(db: DatabaseSync): string {
  const rows = db
    .prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name')
    .all();
  return rows.map(({ sql }) => `${String(sql)};\n`).join('\n');
}

test('the migrations lead to the schema that stands beside this test', async () => {
  using db = new DatabaseSync(':memory:');
  migrate(db);
  await expect(schemaOf(db)).toMatchFileSnapshot('./schema.sql');
});

test('migrations are numbered without a gap, named after their number, and applied once', () => {
  using db = new DatabaseSync(':memory:');
  migrate(db);
  migrate(db);
  const applied = db.prepare('SELECT number, name FROM migration ORDER BY number').all();
  expect(applied.map(({ number, name }) => [number, name])).toEqual(
    migrations.map(({ name }, index) => [index + 1, name]),
  );
  for (const { number, name } of migrations)
    expect(name).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-`));
});

test('a migration that fails leaves nothing behind', () => {
  using db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE waiting (something TEXT)');
  expect(() => migrate(db)).toThrow('waiting');
  expect(schemaOf(db)).toBe('CREATE TABLE waiting (something TEXT);\n');
});
