import assert from 'node:assert/strict';
import { test } from 'vitest';
import { systemRandom } from '../../src/transport/system-random.ts';

test('RFC 3261 19.3: what is drawn has the length asked for and does not come again', () => {
  const seen = new Set<string>();
  for (let draw = 0; draw < 2000; draw += 1) {
    const bytes = systemRandom.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(Buffer.from(bytes).toString('hex'));
  }
  assert.equal(seen.size, 2000);
});

test('more than one block can be drawn at once', () => {
  const bytes = systemRandom.bytes(200_000);
  assert.equal(bytes.length, 200_000);
  assert(bytes.subarray(-64).some((byte) => byte !== 0));
});
