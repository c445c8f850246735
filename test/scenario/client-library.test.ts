import { CpmClient } from '@restante/client';
import type {
  CpmClientOptions,
  DispositionReport,
  ReceivedMessage,
  ReceivedNotification,
} from '@restante/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SequenceRandom } from '../support/sequence-random.ts';
import { managementUri } from './support/device.ts';
import { World } from './support/world.ts';

/** What one client has seen, as a program that loops over its streams does. */
interface Seen {
  readonly client: CpmClient;
  readonly notifications: ReceivedNotification[];
  readonly messages: ReceivedMessage[];
  readonly dispositions: DispositionReport[];
}

const noNames = { naptr: async () => [], srv: async () => [], addresses: async () => [] };

async function collect<T>(values: AsyncIterable<T>, into: T[]): Promise<void> {
  for await (const value of values) into.push(value);
}

let world: World;
let open: CpmClient[];

function client(user: string, host: string, options: Partial<CpmClientOptions> = {}): Seen {
  const transports = [world.network.transport('UDP', host), world.network.transport('TCP', host)];
  const client = new CpmClient(
    {
      user: `sip:${user}@example.com`,
      server: 'sip:192.0.2.1:5060',
      deferredManagementUri: managementUri,
      instance: `urn:uuid:00000000-0000-4000-8000-${user.padEnd(12, '0').slice(0, 12)}`,
      password: `secret of ${user}`,
      ...options,
    },
    {
      transports,
      clock: world.clock,
      random: new SequenceRandom(host.length * 1000 + user.length),
      nameService: noNames,
    },
  );
  open.push(client);
  const seen: Seen = { client, notifications: [], messages: [], dispositions: [] };
  void collect(client.deferredNotifications(), seen.notifications);
  void collect(client.messages(), seen.messages);
  void collect(client.dispositions(), seen.dispositions);
  return seen;
}

beforeEach(async () => {
  open = [];
  // Nobody is trusted: every request is proved by digest.
  world = await World.open({
    trust: [],
    users: ['alice', 'bob', 'mallory'].map((username) => ({ username, password: `secret of ${username}` })),
  });
});

afterEach(async () => {
  await Promise.all(open.map((client) => world.until(client.close())));
  await world[Symbol.asyncDispose]();
  expect(world.clock.pending()).toBe(0);
});

describe('the client library and the server', () => {
  test('CL-1 to CL-13: deferred, notified, pulled with mixed actions, reported', async () => {
    const alice = client('alice', '198.51.100.10');
    await world.until(alice.client.register());
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      const sent = await world.until(
        alice.client.send({ to: 'sip:bob@example.com', text, subject: `No. ${index}`, messageId: text }),
      );
      expect(sent.status).toBe('accepted');
    }
    const bob = client('bob', '198.51.100.20');
    await world.until(bob.client.register());
    await world.window();
    expect(bob.notifications.map(({ messages }) => messages.map(({ subject }) => subject))).toEqual([
      ['No. 0', 'No. 1', 'No. 2'],
    ]);
    const [one, two] = bob.client.waiting.map(({ uri }) => uri);
    if (one === undefined || two === undefined) throw new Error('not listed');
    expect(
      await world.until(
        bob.client.pull(
          new Map([
            [one, 'deliver'],
            [two, 'delete'],
          ]),
        ),
      ),
    ).toEqual({ kind: 'accepted' });
    await world.clock.advance(5000);
    expect(bob.messages.map(({ text, deferred, subject }) => ({ text, deferred, subject }))).toEqual([
      { text: 'one', deferred: true, subject: 'No. 0' },
    ]);
    const reports = alice.dispositions.map((report) => JSON.stringify(report));
    expect(reports.some((text) => text.includes('"one"') && text.includes('delivered'))).toBe(true);
    expect(reports.some((text) => text.includes('"two"') && text.includes('failed'))).toBe(true);
    expect(await world.until(bob.client.pull())).toEqual({ kind: 'accepted' });
    await world.clock.advance(5000);
    expect(bob.messages.map(({ text }) => text)).toEqual(['one', 'three']);
    expect(await world.until(bob.client.pull())).toEqual({ kind: 'nothing-waiting' });
  });

  test('CL-1: a client that pulls by itself empties its queue', async () => {
    const alice = client('alice', '198.51.100.10');
    await world.until(alice.client.register());
    await world.until(alice.client.send({ to: 'sip:bob@example.com', text: 'hello' }));
    const bob = client('bob', '198.51.100.20', { autoPull: () => 'everything' });
    await world.until(bob.client.register());
    await world.clock.advance(5000);
    expect(bob.messages.map(({ text }) => text)).toEqual(['hello']);
    expect(await world.waiting('bob')).toEqual([]);
  });

  test('D-17: whoever is not the user learns nothing and changes nothing', async () => {
    const alice = client('alice', '198.51.100.10');
    await world.until(alice.client.register());
    await world.until(alice.client.send({ to: 'sip:bob@example.com', text: 'for bob alone' }));
    const impostor = client('bob', '198.51.100.66', { password: 'guessed' });
    await expect(world.until(impostor.client.pull())).rejects.toMatchObject({ name: 'AuthenticationFailed' });
    const mallory = client('mallory', '198.51.100.67');
    const [message] = await world.waiting('bob');
    const named = new Map([[`sip:${message?.id}@example.com`, 'delete' as const]]);
    expect(await world.until(mallory.client.pull(named))).toEqual({ kind: 'nothing-waiting' });
    expect((await world.waiting('bob')).length).toBe(1);
  });
});
