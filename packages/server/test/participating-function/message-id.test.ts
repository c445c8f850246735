import { expect, test } from 'vitest';
import { SequenceRandom } from '../../../../test/support/sequence-random.ts';
import { newMessageId } from '../../src/participating-function/message-id.ts';
import { hour, start } from './deferred/values.ts';

test('PF-1: an id is unique, and ids sort by time', () => {
  const random = new SequenceRandom();
  const ids = [start, start, start + 1, start + hour, start + 100_000 * hour].map((now) =>
    newMessageId(now, random),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted((a, b) => (a.slice(0, 12) < b.slice(0, 12) ? -1 : 1))).toEqual(ids);
});

test('PF-20: it is fit for the user part of a SIP URI and holds 80 random bits', () => {
  expect(newMessageId(start, new SequenceRandom())).toMatch(/^dm-[0-9a-z]{9}[0-9a-f]{20}$/);
});
