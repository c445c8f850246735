import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Disk } from './power-loss.ts';
import { SeededRandom } from './seeded-random.ts';
import { WriteRecord } from './unsynced.ts';

function after(record: readonly string[], length = 0, later: readonly string[] = []) {
  const written = new WriteRecord(() => length);
  for (const lines of [record, later]) written.read(lines.join('\n'));
  const file = written.files.get('/d/a.db-wal');
  if (file === undefined) throw new Error('not in the record');
  const { unsynced, durableLength } = file;
  return { unsynced: unsynced.map(({ start, end }) => [start, end]), durableLength };
}

const write = (size: number, offset: number, end = `) = ${size}`): string =>
  `7 pwrite64(27</d/a.db-wal>, ""..., ${size}, ${offset}${end}`;

test('what was written before a completed sync began is durable', () => {
  expect(after([write(100, 0), '7 fdatasync(27</d/a.db-wal>) = 0', write(50, 100)])).toEqual({
    unsynced: [[100, 150]],
    durableLength: 100,
  });
});

test('a write of another thread while the sync runs is not covered by it', () => {
  const record = [
    '8 fdatasync(27</d/a.db-wal> <unfinished ...>',
    write(100, 0),
    '8 <... fdatasync resumed>)      = 0',
  ];
  expect(after(record)).toEqual({ unsynced: [[0, 100]], durableLength: 0 });
});

test('what did not return has not synced, and may have written', () => {
  const record = [
    write(100, 0),
    '8 fdatasync(27</d/a.db-wal> <unfinished ...>',
    write(100, 100, ' <unfinished ...>'),
    '8 <... fdatasync resumed>)      = ?',
    '7 +++ killed by SIGKILL +++',
  ];
  expect(after(record).unsynced).toEqual([
    [0, 100],
    [100, 200],
  ]);
});

test('what a killed process left unsynced is lost with the power, until the next one syncs it', () => {
  const killed = [write(100, 0, ' <unfinished ...>'), '7 +++ killed by SIGKILL +++'];
  expect(after(killed, 0, ['9 unlink("/d/b") = 0'])).toMatchObject({ unsynced: [[0, 100]] });
  expect(after(killed, 0, ['9 fdatasync(27</d/a.db-wal>) = 0'])).toMatchObject({ unsynced: [] });
});

test('a file that is removed begins anew', () => {
  expect(after([write(100, 0), '7 unlink("/d/a.db-wal") = 0', write(10, 0)], 500)).toEqual({
    unsynced: [[0, 10]],
    durableLength: 0,
  });
});

function folderWith(content: string): { path: string; file: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'restante-disk-'));
  const file = join(path, 'a.db-wal');
  writeFileSync(file, content);
  return { path, file, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('the loss of power takes what was not synced, and nothing else', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    using folder = folderWith('old old old');
    const disk = new Disk(folder.path);
    writeFileSync(folder.file, 'old NEW old and more');
    const record = [
      `7 pwrite64(27<${folder.file}>, ""..., 3, 4) = 3`,
      `7 pwrite64(27<${folder.file}>, ""..., 9, 11) = 9`,
    ];
    disk.note(record.join('\n'));
    expect(disk.lose(new SeededRandom(seed)).unexplained).toEqual([]);
    const left = readFileSync(folder.file, 'latin1');
    expect([left.slice(0, 4), left.slice(7, 11)]).toEqual(['old ', ' old']);
  }
});

test('a change that was not traced is noticed', () => {
  using folder = folderWith('old old old');
  const disk = new Disk(folder.path);
  writeFileSync(folder.file, 'old old OLD');
  expect(disk.lose(new SeededRandom(1)).unexplained).toEqual([
    'a.db-wal has changed between 0 and 11 without a traced write',
  ]);
});
