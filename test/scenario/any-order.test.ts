import type { PullAction } from '@restante/cpm';
import { array, assert, asyncProperty, boolean, constant, constantFrom, oneof, record } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import type { Device } from './support/device.ts';
import { World } from './support/world.ts';

const bob = 'sip:bob@example.com';

type Step =
  | { readonly kind: 'send' }
  | { readonly kind: 'register' | 'leave'; readonly device: 0 | 1 }
  | { readonly kind: 'pull'; readonly device: 0 | 1; readonly actions: 'all' | readonly PullAction[] }
  | { readonly kind: 'answer'; readonly device: 0 | 1; readonly with: 200 | 486 | 'nothing' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'stop' | 'crash' };

const device = constantFrom<0 | 1>(0, 1);
const actions = array(constantFrom<PullAction>('deliver', 'delete'), { minLength: 1, maxLength: 4 });
const weighted: readonly (readonly [weight: number, step: Arbitrary<Step>])[] = [
  [5, constant<Step>({ kind: 'send' })],
  [2, record({ kind: constantFrom<'register' | 'leave'>('register', 'leave'), device })],
  [4, record({ kind: constant<'pull'>('pull'), device, actions: oneof(constant<'all'>('all'), actions) })],
  [
    2,
    record({
      kind: constant<'answer'>('answer'),
      device,
      with: constantFrom<200 | 486 | 'nothing'>(200, 486, 'nothing'),
    }),
  ],
  [2, record({ kind: constant<'wait'>('wait'), seconds: constantFrom(1, 5, 40) })],
  [1, record({ kind: constantFrom<'stop' | 'crash'>('stop', 'crash') })],
];
const steps = array(oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
  minLength: 5,
  maxLength: 25,
});

/** What was promised to whom, as far as answers told. */
class Promises {
  readonly accepted = new Set<string>();
  /** Message-URI-IDs that a pull answered with 2xx was to delete. */
  readonly deletions = new Set<string>();
  sent = 0;
}

async function take(
  step: Step,
  world: World,
  devices: readonly Device[],
  alice: Device,
  promises: Promises,
): Promise<void> {
  const at = 'device' in step ? devices[step.device] : undefined;
  switch (step.kind) {
    case 'send': {
      promises.sent += 1;
      const text = `text ${promises.sent}`;
      const { status } = await world.until(alice.send(bob, text, { messageId: text }));
      if (status < 300) promises.accepted.add(text);
      break;
    }
    case 'register':
    case 'leave':
      if (at !== undefined) await world.until(at.register(step.kind === 'register' ? 3600 : 0));
      break;
    case 'pull': {
      const listed = at?.listed ?? [];
      const entries =
        step.actions === 'all'
          ? undefined
          : Object.fromEntries(
              step.actions.flatMap((action, n) =>
                listed[n] === undefined ? [] : [[listed[n], action] as const],
              ),
            );
      const response = at && (await world.until(at.pull(entries)));
      if (response?.status === 200)
        for (const [uri, action] of Object.entries(entries ?? {}))
          if (action === 'delete') promises.deletions.add(uri);
      break;
    }
    case 'answer':
      if (at !== undefined) at.answer = () => (step.with === 'nothing' ? undefined : step.with);
      break;
    case 'wait':
      await world.clock.advance(step.seconds * 1000);
      break;
    case 'stop':
      await world.restart();
      break;
    case 'crash':
      world.crash();
      await world.start();
      break;
  }
}

/** All is well again: everybody is there and answers, and what waits is pulled. */
async function calmDown(world: World, devices: readonly Device[], alice: Device): Promise<void> {
  for (const device of devices) device.answer = () => 200;
  await world.clock.advance(120_000);
  for (const device of [alice, ...devices]) await world.until(device.register());
  await world.clock.advance(120_000);
  for (let pulls = 0; pulls < 3; pulls += 1) {
    if (devices[0] !== undefined) await world.until(devices[0].pull());
    await world.clock.advance(10_000);
  }
}

test('D-5, PF-18: whatever comes in whatever order, each accepted message is delivered or deleted as asked', async () => {
  await assert(
    asyncProperty(steps, boolean(), async (drawn, overlapping) => {
      const world = await World.open();
      try {
        const alice = await world.registered({ user: 'alice', host: '192.0.2.10' });
        const devices = ['phone', 'tablet'].map((name, n) =>
          world.device({ user: 'bob', name, host: `192.0.2.2${n}` }),
        );
        const promises = new Promises();
        for (const step of drawn) {
          const taken = take(step, world, devices, alice, promises);
          if (!overlapping || step.kind !== 'pull') await taken;
        }
        await calmDown(world, devices, alice);
        const texts = devices.flatMap((device) => device.texts);
        const ids = new Map(
          devices.flatMap(({ notifications }) =>
            notifications.flatMap(({ messages }) =>
              messages.map(({ messageId, uri }) => [messageId, uri] as const),
            ),
          ),
        );
        for (const text of promises.accepted)
          expect(texts.includes(text) || promises.deletions.has(ids.get(text) ?? ''), `${text} is lost`).toBe(
            true,
          );
        // No device gets one message twice, unless a process that knew of the answer is gone.
        if (!drawn.some(({ kind }) => kind === 'crash' || kind === 'stop'))
          for (const { texts } of devices)
            expect([...texts].toSorted()).toEqual([...new Set(texts)].toSorted());
        expect(await world.store.inspection.counts()).toMatchObject({ waiting: 0, claimed: 0, owed: 0 });
        // Each deletion is reported under one Message-ID.
        const notices = new Set(
          alice.dispositions.map(({ messageId, imdnMessageId }) => `${messageId} ${imdnMessageId}`),
        );
        expect(notices.size).toBe(new Set(alice.dispositions.map(({ messageId }) => messageId)).size);
      } finally {
        await world[Symbol.asyncDispose]();
      }
    }),
    { numRuns: 60, timeout: 5000 },
  );
});
