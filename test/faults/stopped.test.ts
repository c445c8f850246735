import { expect, test } from 'vitest';
import { startServer } from '../interop/support/server.ts';
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
