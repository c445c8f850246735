import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../../src/participating-function/ports.ts';
import { GroupedCalls } from '../../../src/store/sqlite/grouped-calls.ts';

const settings = { directory: '/data', role: 'server', busyMilliseconds: 1, maxPages: undefined } as const;
const dyingWorker = new URL('./dying-worker.ts', import.meta.url);

const open = () => new GroupedCalls(settings, () => {}, dyingWorker);

test('D-22: when the worker ends, what it was doing is refused and the next call has a new one', async () => {
  const calls = open();
  expect(await calls.call('told', 'bob', 'sip:phone')).toBe(1);
  const doomed = [calls.call('told', 'bob', 'sip:phone'), calls.call('counts')];
  const results = await Promise.allSettled(doomed);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(doomed[1]).rejects.toThrow(StoreUnavailable);
  expect(await calls.call('told', 'bob', 'sip:phone')).toBe(1);
  await calls.close();
});

test('D-22: when the worker throws, the reason is told, and calls that wait are served by a new one', async () => {
  const calls = open();
  const doomed = calls.call('nextDue');
  await expect(doomed).rejects.toThrow('The message store in /data: the disk is gone');
  expect(await Promise.all([calls.call('told', 'a', 'b'), calls.call('hasten', 'a', 1)])).toEqual([1, 1]);
  await calls.close();
});

test('the end waits for what was called before, and comes once', async () => {
  const calls = open();
  const answer = calls.call('told', 'bob', 'sip:phone');
  await Promise.all([calls.close(), calls.close()]);
  expect(await answer).toBe(1);
  await expect(calls.call('told', 'bob', 'sip:phone')).rejects.toThrow('the store is closed');
});
