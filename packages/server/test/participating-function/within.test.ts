import { expect, test } from 'vitest';
import { HandWoundClock } from '../../../../test/support/hand-wound-clock.ts';
import { within } from '../../src/participating-function/within.ts';

test('PF-1: what is done in time is passed on, and no timer stays', async () => {
  const clock = new HandWoundClock();
  expect(await within(Promise.resolve('done'), 1000, clock)).toBe('done');
  await expect(within(Promise.reject(new Error('failed')), 1000, clock)).rejects.toThrow('failed');
  expect(clock.pending()).toBe(0);
});

test('PF-1: what is not done in time is late, and goes on', async () => {
  const clock = new HandWoundClock();
  const work = Promise.withResolvers<string>();
  const outcome = within(work.promise, 1000, clock);
  await clock.advance(1000);
  expect(await outcome).toBe('late');
  work.resolve('done');
  expect(await work.promise).toBe('done');
});
