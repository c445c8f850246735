import { expect, test } from 'vitest';
import { LaneFull, TargetLane } from '../../src/participating-function/target-lane.ts';

test('RFC 3428 8: one request at a time for a target, oldest first', async () => {
  const lane = new TargetLane();
  const begun: string[] = [];
  const first = Promise.withResolvers<string>();
  const one = lane.run('bob', () => (begun.push('one'), first.promise));
  const two = lane.run('bob', async () => (begun.push('two'), 'second'));
  const other = lane.run('carol', async () => (begun.push('carol'), 'other'));
  expect(await other).toBe('other');
  expect(begun).toEqual(['one', 'carol']);
  first.resolve('first');
  expect(await Promise.all([one, two])).toEqual(['first', 'second']);
});

test('RFC 3428 8: a request that fails does not stop the next', async () => {
  const lane = new TargetLane();
  const one = lane.run('bob', () => Promise.reject(new Error('gone')));
  const two = lane.run('bob', async () => 'second');
  await expect(one).rejects.toThrow('gone');
  expect(await two).toBe('second');
});

test('an empty lane is forgotten', async () => {
  const lane = new TargetLane();
  await Promise.all(['a', 'b', 'c'].map((target) => lane.run(target, async () => target)));
  await Promise.resolve();
  expect(lane.size).toBe(0);
});

test('a lane that is too long refuses at once', async () => {
  const lane = new TargetLane({ longest: 1 });
  const open = Promise.withResolvers<void>();
  const one = lane.run('bob', () => open.promise);
  await expect(lane.run('bob', async () => {})).rejects.toThrow(LaneFull);
  open.resolve();
  await one;
});
