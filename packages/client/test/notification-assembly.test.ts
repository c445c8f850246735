import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { NotificationAssembly, type ReceivedNotification } from '../src/notification-assembly.ts';
import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';

function aPart(id: string, part: number, parts: number) {
  return {
    id,
    part,
    parts,
    number: parts,
    event: 'waiting' as const,
    messages: [{ uri: `sip:dm-${part}@pf`, mode: 'pager' as const }],
  };
}

test('CL-13: in whatever order and however often the parts come, they make one notification', () => {
  const arrivals = fc.integer({ min: 1, max: 6 }).chain((parts) =>
    fc.tuple(
      fc.shuffledSubarray(
        Array.from({ length: parts }, (_, index) => index + 1),
        { minLength: parts },
      ),
      fc.array(fc.integer({ min: 1, max: parts })),
    ),
  );
  fc.assert(
    fc.property(arrivals, ([order, repeated]) => {
      const clock = new HandWoundClock();
      const told: ReceivedNotification[] = [];
      const assembly = new NotificationAssembly(clock, (notification) => told.push(notification));
      for (const part of [...repeated, ...order, ...repeated]) assembly.add(aPart('n1', part, order.length));
      if (order.length === 1) return;
      assert.equal(told.length, 1);
      assert.equal(told[0]?.complete, true);
      const uris = told[0]?.messages.map(({ uri }) => uri);
      assert.deepEqual(
        uris,
        Array.from({ length: order.length }, (_, index) => `sip:dm-${index + 1}@pf`),
      );
      assert.equal(clock.pending(), 0);
    }),
  );
});

test('CL-13: notifications that never become whole are bounded: the oldest is told as it is', () => {
  const clock = new HandWoundClock();
  const told: ReceivedNotification[] = [];
  const assembly = new NotificationAssembly(clock, (notification) => told.push(notification));
  for (let id = 1; id <= 9; id += 1) assembly.add(aPart(`n${id}`, 1, 2));
  assert.equal(told.length, 1);
  assert.equal(told[0]?.complete, false);
  assembly.close();
  assert.equal(clock.pending(), 0);
});
