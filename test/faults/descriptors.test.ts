import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { CpmClient } from '@restante/client';
import { expect, test } from 'vitest';
import { startServer } from '../interop/support/server.ts';
import { acknowledged, fateOf, openClient, pause, refusals, until } from './support/clients.ts';
import type { Fate } from './support/clients.ts';

/** More operations than these have the write-ahead log moved, by a thread that needs descriptors of its own. */
const enoughForCheckpoint = 1600;
const spare = 8;

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** CPU time in hundredths of a second: proc(5), fields utime and stime. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function openMany(count: number, port: number): readonly Socket[] {
  return Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
}

/** Messages by these clients in turn, all at once. */
function some(count: number, clients: readonly CpmClient[], from: number): Promise<readonly Fate[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const client = clients[index % clients.length];
      if (client === undefined) throw new Error('no client');
      return fateOf(client, `user${from + index}`, 'meanwhile');
    }),
  );
}

test('D-22: file descriptors exhausted: who is connected and UDP go on, others are turned away until there is room', async () => {
  await using server = await startServer();
  const { pid } = server.process;
  if (pid === undefined) throw new Error('the server does not run');
  await using connected = await openClient('alice', server.port, { transport: 'tcp' });
  await using datagrams = await openClient('anna', server.port);
  expect(
    refusals([await fateOf(connected, 'bob', 'before'), await fateOf(datagrams, 'bob', 'before')]),
  ).toEqual([]);

  await pause(1500); // Everything that is loaded after the start is loaded.
  const before = descriptorsOf(pid);
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${before + spare}:`]);
  const crowd = openMany(100, server.port);
  await until(() => crowd.filter(({ closed }) => closed).length > 50, 'the server turns connections away');
  const fates: Fate[] = [];
  while (fates.length < enoughForCheckpoint)
    fates.push(...(await some(100, [connected, datagrams], fates.length)));
  expect(acknowledged(fates)).toHaveLength(enoughForCheckpoint);
  const ticks = ticksOf(pid);
  await pause(1000);
  expect(ticksOf(pid) - ticks).toBeLessThan(50);

  for (const socket of crowd) socket.destroy();
  await until(() => descriptorsOf(pid) < before + spare / 2, 'the descriptors are free again');
  await using late = await openClient('arno', server.port, { transport: 'tcp' });
  expect(refusals([await fateOf(late, 'bob', 'afterwards')])).toEqual([]);
}, 60_000);
