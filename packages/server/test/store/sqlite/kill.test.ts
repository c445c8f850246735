import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { CpmUser } from '@restante/cpm';
import { aMessage, bob } from '../../participating-function/deferred/values.ts';
import { SqliteFolder } from './sqlite-folder.ts';

const writer = new URL('./killed-writer.ts', import.meta.url);

/** Runs a process that writes until it is killed, and gives the ids it was told were stored. */
async function writeUntilKilled(
  directory: string,
  round: number,
  acknowledgements: number,
): Promise<string[]> {
  const child = fork(writer, [directory, String(round), bob], { execArgv: [], serialization: 'advanced' });
  const acknowledged: string[] = [];
  child.on('message', (ids: string[]) => {
    acknowledged.push(...ids);
    if (acknowledged.length >= acknowledgements) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  return acknowledged;
}

test('D-5: whatever moment a process is killed at, what it acknowledged is there', async () => {
  using folder = new SqliteFolder();
  const acknowledged: string[] = [];
  for (const [round, count] of [1, 40, 300, 7, 150].entries()) {
    acknowledged.push(...(await writeUntilKilled(folder.directory, round, count)));
    await using store = await folder.open();
    const waiting = await store.queue.waiting(bob satisfies CpmUser);
    const present = new Set(waiting.map(({ id }) => id));
    expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
    expect((await store.inspection.counts()).waiting).toBe(present.size);
    const [last] = acknowledged.slice(-1);
    expect(await store.deliveries.seen(bob, aMessage(last ?? '').identity)).toBe('waiting');
  }
}, 60_000);
