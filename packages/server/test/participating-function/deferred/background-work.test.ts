import { expect, test } from 'vitest';
import { BackgroundWork } from '../../../src/participating-function/deferred/background-work.ts';

test('there is room as long as less than the limit is under way, and the end waits for all of it', async () => {
  const work = new BackgroundWork(2);
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const told: string[] = [];
  for (const [index, { promise }] of gates.entries()) {
    await work.room();
    told.push(`begun ${index}`);
    work.add(promise);
    if (index === 1) queueMicrotask(() => gates[1]?.resolve());
  }
  void work.end().then(() => told.push('ended'));
  expect(told).toEqual(['begun 0', 'begun 1', 'begun 2']);
  gates[2]?.resolve();
  await gates[2]?.promise;
  expect(told).not.toContain('ended');
  gates[0]?.resolve();
  await work.end();
  await Promise.resolve();
  expect(told.at(-1)).toBe('ended');
});

test('whoever asks for room waits until a piece ends', async () => {
  const work = new BackgroundWork(1);
  const gate = Promise.withResolvers<void>();
  work.add(gate.promise);
  let isFree = false;
  const room = work.room().then(() => (isFree = true));
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  expect(isFree).toBe(false);
  gate.resolve();
  expect(await room).toBe(true);
});
