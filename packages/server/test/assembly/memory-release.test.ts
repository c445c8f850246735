import { expect, test } from 'vitest';
import { MemoryRelease, releaseMemory } from '../../src/assembly/memory-release.ts';

function watched() {
  const state = { received: 0, now: 0, released: 0 };
  const release = new MemoryRelease({
    received: () => state.received,
    now: () => state.now,
    release: () => (state.released += 1),
  });
  const after = (milliseconds: number): number => {
    state.now += milliseconds;
    release.look();
    return state.released;
  };
  return { state, after };
}

test('memory is given back once, when a load has been over for longer than its transactions live', () => {
  const { state, after } = watched();
  state.received = 100_000;
  expect(after(15_000)).toBe(0);
  expect(after(30_000)).toBe(0);
  expect(after(15_000)).toBe(1);
  expect(after(600_000)).toBe(1);
  state.received += 5000;
  expect(after(15_000)).toBe(1);
  expect(after(45_000)).toBe(2);
});

test('memory is not given back while requests come, nor for a few of them', () => {
  const { state, after } = watched();
  for (let minute = 0; minute < 10; minute += 1) {
    state.received += 10_000;
    expect(after(60_000)).toBe(0);
  }
  const quiet = watched();
  quiet.state.received = 100;
  expect(quiet.after(60_000)).toBe(0);
  expect(quiet.after(60_000)).toBe(0);
});

test('what is free goes back to the system', () => {
  let filled: unknown[] = Array.from({ length: 300_000 }, (_, index) => ({ index, text: `text ${index}` }));
  const before = process.memoryUsage().heapTotal;
  expect(filled).toHaveLength(300_000);
  filled = [];
  releaseMemory();
  expect(process.memoryUsage().heapTotal).toBeLessThan(before);
  expect(filled).toEqual([]);
});
