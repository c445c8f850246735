import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../interop/support/process.ts';
import { Journal } from './journal.ts';
import { SeededRandom } from './seeded-random.ts';
import { Sender } from './sender.ts';
import { ServerLife, canTrace } from './server-life.ts';

test('D-5: what a killed server left in its log is synced before the next one tells of it', async ({
  skip,
}) => {
  skip(!canTrace() && process.env['CI'] !== 'true', 'that needs strace');
  const folder = mkdtempSync(join(tmpdir(), 'restante-left-'));
  const place = { port: await freePort(), data: join(folder, 'data'), compiled: join(folder, 'compiled') };
  mkdirSync(place.data);
  const journal = new Journal();
  const sender = new Sender('alice', journal, new SeededRandom(1));
  await sender.peer.open('UDP', place.port);
  const copy = sender.message('bob', { expiresMilliseconds: undefined, wanted: false });
  let record = '';
  for (const traced of [false, true]) {
    const life = new ServerLife(place, { traced });
    journal.born();
    await life.begun();
    expect(await life.ready, life.output).toBeDefined();
    let status = await copy();
    while (status === undefined && life.isRunning) status = await copy();
    expect(status).toBe(202);
    life.signal('SIGKILL');
    await life.exited;
    if (traced) record = await life.record();
  }
  sender.peer.close();
  rmSync(folder, { recursive: true, force: true });
  expect(record).toMatch(/fdatasync\(\d+<[^>]*restante\.db-wal>\) += 0/);
}, 60_000);
