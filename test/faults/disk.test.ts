import { expect, test } from 'vitest';
import { startServer } from '../interop/support/server.ts';
import type { ServerUnderTest } from '../interop/support/server.ts';
import type {
  DispositionReport,
  PullInstruction,
  ReceivedMessage,
  ReceivedNotification,
} from '@restante/client';
import { acknowledged, collect, fateOf, openClient, pause, refusals, until } from './support/clients.ts';
import type { Fate } from './support/clients.ts';
import { ReadOnlyDisk, smallDisk } from './support/disk.ts';
import { waitingIn } from './support/waiting.ts';

function pidOf(server: ServerUnderTest): number {
  const { pid } = server.process;
  if (pid === undefined) throw new Error('the server does not run');
  return pid;
}

/** Messages from one client to users of their own while the disk is well, while it is not, and when it is well again. */
async function threeTimes(server: ServerUnderTest, faulty: (act: () => Promise<void>) => Promise<void>) {
  await using alice = await openClient('alice', server.port);
  let sent = 0;
  const some = (): Promise<readonly Fate[]> =>
    Promise.all(Array.from({ length: 20 }, () => fateOf(alice, `user${(sent += 1)}`, 'x'.repeat(100))));
  const before = await some();
  let during: readonly Fate[] = [];
  await faulty(async () => {
    during = await some();
  });
  const after = await some();
  return { before, during, after };
}

test('D-22: with the disk full senders get 503 with Retry-After; with room again it goes on, and nothing is lost', async () => {
  using disk = smallDisk();
  await using server = await startServer({ data: disk.data });
  const { before, during, after } = await threeTimes(server, async (act) => {
    disk.fill(pidOf(server));
    await act();
    disk.makeRoom(pidOf(server));
  });
  expect(refusals(before)).toEqual([]);
  // What SQLite has room for in the pages that it had taken before is still accepted, and kept.
  expect(refusals(during).length).toBeGreaterThan(0);
  expect(refusals(during).every((seconds) => seconds === 30)).toBe(true);
  expect(refusals(after)).toEqual([]);
  expect((await waitingIn(server)).toSorted()).toEqual(
    acknowledged([...before, ...during, ...after]).toSorted(),
  );
  expect(server.process.output()).toContain('store unavailable');
});

test('D-22: with the disk read-only senders get 503 with Retry-After; when it can be written again it goes on', async () => {
  using disk = new ReadOnlyDisk();
  await using server = await startServer({ data: disk.data });
  const { before, during, after } = await threeTimes(server, async (act) => {
    disk.protect(pidOf(server));
    await act();
    disk.release(pidOf(server));
  });
  expect(refusals(before)).toEqual([]);
  expect(refusals(during)).toEqual(during.map(() => 30));
  expect(refusals(after)).toEqual([]);
  expect((await waitingIn(server)).toSorted()).toEqual(acknowledged([...before, ...after]).toSorted());
});

/** Calls `act` once, when a message with this text in it has come. */
function whenReceived(sign: string, act: () => void) {
  let done = false;
  return {
    sent: () => {},
    received: (bytes: Uint8Array) => {
      if (done || !new TextDecoder().decode(bytes).includes(sign)) return;
      done = true;
      act();
    },
  };
}

test('D-5: the disk is full while pulled messages are delivered: each comes once, and all are settled when there is room', async () => {
  using disk = smallDisk();
  await using server = await startServer({ data: disk.data });
  await using alice = await openClient('alice', server.port);
  for (const text of ['one', 'two', 'three'])
    await alice.send({ to: 'sip:bob@example.com', text, dispositions: [] });
  const trace = whenReceived('three', () => disk.fill(pidOf(server)));
  await using bob = await openClient('bob', server.port, { trace });
  const messages: ReceivedMessage[] = [];
  collect(bob.messages(), messages);
  await bob.register();
  expect(await bob.pull()).toEqual({ kind: 'accepted' });
  await until(
    () => server.process.output().includes('store unavailable, trying again'),
    'a settlement fails',
  );
  expect((await waitingIn(server)).length).toBeGreaterThan(0);
  disk.makeRoom(pidOf(server));
  await until(async () => (await waitingIn(server)).length === 0, 'all is settled');
  expect(messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  expect(await bob.pull()).toEqual({ kind: 'nothing-waiting' });
}, 40_000);

test('D-5: the disk is full while a report is sent: the sender gets it once, and it is ticked off when there is room', async () => {
  using disk = smallDisk();
  await using server = await startServer({ data: disk.data });
  const trace = whenReceived('message/imdn', () => disk.fill(pidOf(server)));
  await using alice = await openClient('alice', server.port, { trace });
  await alice.register();
  const reports: DispositionReport[] = [];
  collect(alice.dispositions(), reports);
  const { messageId } = await alice.send({
    to: 'sip:bob@example.com',
    text: 'one',
    dispositions: ['negative-delivery'],
  });
  await using bob = await openClient('bob', server.port, { autoPull: deleteAll });
  await bob.register();
  await until(() => server.process.output().includes('store unavailable, trying again'), 'the record fails');
  await pause(3000);
  expect(reports).toMatchObject([{ messageId, status: 'failed' }]);
  disk.makeRoom(pidOf(server));
  await until(() => counterOf(server, 'dispositionsSent') === 1, 'it is ticked off');
  expect(reports).toHaveLength(1);
}, 40_000);

function deleteAll({ messages }: ReceivedNotification): PullInstruction {
  return new Map(messages.map(({ uri }) => [uri, 'delete']));
}

/** As the server logs it when it is asked. */
function counterOf(server: ServerUnderTest, name: string): number {
  server.process.kill('SIGUSR2');
  const found = [...server.process.output().matchAll(new RegExp(`${name}[^0-9]{1,3}(\\d+)`, 'g'))];
  return Number(found.at(-1)?.[1] ?? 0);
}
