import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { TargetLane } from '../src/target-lane.ts';

test('RFC 3428 8: one after another for a target, side by side for several', async () => {
  const lane = new TargetLane();
  const started: string[] = [];
  const { promise: answer, resolve } = Promise.withResolvers<void>();
  const send = (name: string) => async (): Promise<string> => {
    started.push(name);
    await answer;
    return name;
  };
  const all = [lane.run('a', send('a1')), lane.run('a', send('a2')), lane.run('b', send('b1'))];
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(started, ['a1', 'b1']);
  resolve();
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'b1']);
});

test('a failure belongs to its caller alone: the next one goes on', async () => {
  const lane = new TargetLane();
  const failing = lane.run('a', () => Promise.reject(new Error('no')));
  const next = lane.run('a', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  assert.equal(await next, 'yes');
});
