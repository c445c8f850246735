import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { RangeSet } from '../../src/index.ts';

const span = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }));

test('a range set knows what a set of numbers knows, in as few spans', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 30 }), span, (spans, [start, length]) => {
      const ranges = new RangeSet();
      const numbers = new Set<number>();
      for (const [from, octets] of spans) {
        ranges.add(from, from + octets);
        for (let at = from; at < from + octets; at += 1) numbers.add(at);
      }
      assert.equal(ranges.octets, numbers.size);
      let prefix = 0;
      while (numbers.has(prefix)) prefix += 1;
      assert.equal(ranges.prefix, prefix);
      assert.equal(ranges.end, Math.max(0, ...[...numbers].map((number) => number + 1)));
      assert.equal(ranges.size, [...numbers].filter((number) => !numbers.has(number - 1)).length);
      const wanted = Array.from({ length }, (_, index) => start + index);
      assert.equal(
        ranges.meets(start, start + length),
        wanted.some((number) => numbers.has(number)),
      );
      const listed = ranges.spans.flatMap((found) =>
        Array.from({ length: found.end - found.start }, (_, index) => found.start + index),
      );
      assert.deepEqual(
        listed,
        [...numbers].toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 500 },
  );
});

test('octets in order are one span', () => {
  const ranges = new RangeSet([{ start: 0, end: 5 }]);
  for (let at = 5; at < 1000; at += 5) ranges.add(at, at + 5);
  assert.deepEqual(ranges.spans, [{ start: 0, end: 1000 }]);
  assert(ranges.covers(1000));
  assert(!ranges.covers(1001));
});
