import assert from 'node:assert/strict';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { systemClock } from '../../src/transport/system-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a timer acts once, after its time', () => {
  let calls = 0;
  systemClock.after(500, () => (calls += 1));
  vi.advanceTimersByTime(499);
  assert.equal(calls, 0);
  vi.advanceTimersByTime(1000);
  assert.equal(calls, 1);
});

test('a cancelled timer never acts, and cancelling twice is harmless', () => {
  let calls = 0;
  const timer = systemClock.after(500, () => (calls += 1));
  timer.cancel();
  timer.cancel();
  vi.advanceTimersByTime(1000);
  assert.equal(calls, 0);
});

test('a timer longer than the platform can count (25 days) neither fires at once nor is lost', () => {
  const thirtyDays = 30 * 86_400_000;
  let calls = 0;
  systemClock.after(thirtyDays, () => (calls += 1));
  vi.advanceTimersByTime(thirtyDays - 1);
  assert.equal(calls, 0);
  vi.advanceTimersByTime(1);
  assert.equal(calls, 1);
});

test('now is the time of the machine', () => {
  vi.setSystemTime(1_234_567);
  assert.equal(systemClock.now(), 1_234_567);
});
