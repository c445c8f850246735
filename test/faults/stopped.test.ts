import { expect, test } from 'vitest';
import { join } from 'node:path';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts';
import { TemporaryFolder } from '../../packages/server/test/support/temporary-folder.ts';
import { run } from '../interop/support/process.ts';
import { managementUri, restante, startServer } from '../interop/support/server.ts';
import type { Fate } from './support/clients.ts';
import { acknowledged, collect, fateOf, openClient, pause, refusals } from './support/clients.ts';
import { waitingIn } from './support/waiting.ts';
import type { ReceivedMessage } from '@restante/client';

const stopMilliseconds = 5000;
/** RFC 3261's own: copies leave after 0.5, 1.5 and 3.5 seconds. */
const unhurried = { RESTANTE_TIMERS_T1: '500ms' };

test('RFC 3261 17.2.2: the process is stopped for 5 s: every message is answered once, and none is there twice', async () => {
  await using server = await startServer({ environment: unhurried });
  await using alice = await openClient('alice', server.port);
  await using bob = await openClient('bob', server.port);
  const received: ReceivedMessage[] = [];
  collect(bob.messages(), received);
  await bob.register();
  server.process.kill('SIGSTOP');
  const deferred = Array.from({ length: 100 }, (_, index) =>
    fateOf(alice, `user${index}`, `message ${index}`),
  );
  const direct = Array.from({ length: 5 }, (_, index) => fateOf(alice, 'bob', `message ${index}`));
  await pause(stopMilliseconds);
  server.process.kill('SIGCONT');
  const fates = await Promise.all([...deferred, ...direct]);
  expect(refusals(fates)).toEqual([]);
  expect((await waitingIn(server)).toSorted()).toEqual(acknowledged(fates.slice(0, 100)).toSorted());
  const arrived = received.map(({ messageId = '' }) => messageId);
  expect(arrived.toSorted()).toEqual(acknowledged(fates.slice(100)).toSorted());
}, 40_000);

test('RFC 3261 17.2.2: the event loop is blocked for 5 s: the copies that gathered find their transactions', async () => {
  using folder = new TemporaryFolder();
  const script = join(import.meta.dirname, 'support/blocked-server.ts');
  await using server = run(process.execPath, [...restante.slice(0, -1), script, folder.path, managementUri]);
  const [, port = ''] = await server.until(/listening (\d+)/);
  await using alice = await openClient('alice', Number(port));
  const send = (count: number, from: number): Promise<readonly Fate[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => fateOf(alice, `user${from + index}`, 'hello')));
  const before = send(50, 0);
  server.type(String(stopMilliseconds));
  await server.until(/blocked/);
  const fates = [...(await send(50, 50)), ...(await before)];
  expect(refusals(fates)).toEqual([]);
  expect(new Set(acknowledged(fates)).size).toBe(100);
  server.type('end');
  const [, copies] = await server.until(/retransmissions (\d+)/);
  // As many as the system's receive buffer has room for: where it is small, most copies are dropped.
  expect(Number(copies)).toBeGreaterThanOrEqual(20);
  await server.exited;
  await using store = await openSqliteStore({ directory: folder.path });
  expect((await store.inspection.counts()).waiting).toBe(100);
}, 40_000);
