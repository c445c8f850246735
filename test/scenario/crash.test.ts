import { afterEach, expect, test } from 'vitest';
import type { Device } from './support/device.ts';
import type { Death } from './support/mortal.ts';
import { World } from './support/world.ts';

const bob = 'sip:bob@example.com';
const texts = ['keep', 'throw', 'leave'] as const;

interface Story {
  readonly world: World;
  readonly alice: Device;
  readonly phone: Device;
  readonly accepted: readonly number[];
}

let worlds: World[] = [];

afterEach(async () => {
  for (const world of worlds) await world[Symbol.asyncDispose]();
  worlds = [];
});

/** A client that gets no answer, or 503, tries again (RFC 3261 section 8.1.3.1). */
async function persistently(
  world: World,
  attempt: () => Promise<{ readonly status: number }>,
): Promise<number> {
  for (let tries = 0; tries < 5; tries += 1) {
    const status = await world.until(
      attempt().then(
        ({ status }) => status,
        () => 408,
      ),
    );
    if (status !== 408 && status < 500) return status;
    await world.clock.advance(1000);
  }
  throw new Error('no answer');
}

/** Where the process dies: at an operation on the store, or with a packet that is on its way. */
type End = { readonly death: Death } | { readonly packet: number; readonly lost: boolean };

async function open(end: End | undefined): Promise<World> {
  const death = end !== undefined && 'death' in end ? end.death : undefined;
  const world = await World.open({}, death, (died) => void died.start());
  worlds.push(world);
  if (end === undefined || 'death' in end) return world;
  world.network.lose = () => {
    // The packet stands in the list already.
    if (world.network.packets.length !== end.packet) return false;
    world.crash();
    return end.lost;
  };
  return world;
}

/** The whole way of three messages: deferred, notified, one pulled, one deleted, one left. The process dies once. */
async function tell(end: End | undefined): Promise<Story> {
  const world = await open(end);
  const alice = world.device({ user: 'alice', host: '192.0.2.10' });
  const phone = world.device({ user: 'bob', host: '192.0.2.20' });
  await persistently(world, () => alice.register());
  const accepted: number[] = [];
  for (const text of texts)
    accepted.push(await persistently(world, () => alice.send(bob, text, { messageId: `id-${text}` })));
  await persistently(world, () => phone.register());
  await world.window();
  await world.clock.advance(40_000);
  const named = new Map(
    phone.notifications.flatMap(({ messages }) => messages).map(({ messageId, uri }) => [messageId, uri]),
  );
  const entries = {
    [named.get('id-keep') ?? '']: 'deliver',
    [named.get('id-throw') ?? '']: 'delete',
  } as const;
  await persistently(world, () => phone.pull(entries));
  await world.clock.advance(200_000);
  return { world, alice, phone, accepted };
}

/** What the durability contract promises, whatever happened. */
async function verify({ world, alice, phone, accepted }: Story): Promise<void> {
  expect(accepted).toEqual([202, 202, 202]);
  // Nothing that was answered with 2xx is lost: it was delivered, or it waits, or its sender was told.
  const waiting = (await world.waiting('bob')).map(({ dispositions }) => dispositions?.messageId);
  expect(new Set(phone.texts)).toEqual(new Set(['keep']));
  expect(waiting).toEqual(['id-leave']);
  // What is done twice is done under the same Message-ID.
  const ids = phone.messages.map(({ cpim }) => cpim.headers.find(({ name }) => name === 'Message-ID')?.value);
  expect(new Set(ids)).toEqual(new Set(['id-keep']));
  const notices = alice.dispositions.filter(({ messageId }) => messageId === 'id-throw');
  expect(notices.length).toBeGreaterThan(0);
  expect(new Set(notices.map(({ imdnMessageId }) => imdnMessageId)).size).toBe(1);
  expect(alice.dispositions.length).toBe(notices.length);
  // Nothing is still held or owed.
  expect(await world.store.inspection.counts()).toMatchObject({ waiting: 1, claimed: 0, owed: 0 });
}

test('D-5: without a crash the way is walked to its end', async () => {
  await verify(await tell(undefined));
});

const firstLine = (text: string) => text.slice(0, text.indexOf('\r\n'));

async function verifyAll(ends: readonly (readonly [string, End])[]): Promise<void> {
  for (const [name, end] of ends) {
    const story = await tell(end);
    try {
      await verify(story);
    } catch (error) {
      throw new Error(`died ${name}`, { cause: error });
    }
    await story.world[Symbol.asyncDispose]();
    worlds = worlds.filter((world) => world !== story.world);
  }
}

test('D-5: the process dies at every operation on the store, before and after its commit', async () => {
  const { operations } = (await tell(undefined)).world.life;
  expect(operations).toEqual(
    expect.arrayContaining([
      'queue.enqueue',
      'queue.claim',
      'queue.settle',
      'notifications.record',
      'outbox.sent',
    ]),
  );
  const phases = ['before', 'after'] as const;
  await verifyAll(
    operations.flatMap((name, index) =>
      phases.map((phase) => [`${phase} ${name}`, { death: { operation: index + 1, phase } }] as const),
    ),
  );
});

test('D-5: the process dies with every packet, whether it arrives or not', async () => {
  const { packets } = (await tell(undefined)).world.network;
  await verifyAll(
    packets.flatMap(({ text }, index) =>
      [true, false].map(
        (lost) =>
          [
            `with packet ${index + 1}, ${firstLine(text)}, lost: ${lost}`,
            { packet: index + 1, lost },
          ] as const,
      ),
    ),
  );
});
