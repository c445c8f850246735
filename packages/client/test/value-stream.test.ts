import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ValueStream } from '../src/value-stream.ts';

async function take<T>(stream: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of stream) if (taken.push(value) === count) break;
  return taken;
}

test('values that come before the first loop wait for it', async () => {
  const stream = new ValueStream<number>(10);
  stream.push(1);
  stream.push(2);
  assert.deepEqual(await take(stream.read(), 2), [1, 2]);
});

test('what a loop leaves behind waits for the next one', async () => {
  const stream = new ValueStream<number>(10);
  for (const value of [1, 2, 3]) stream.push(value);
  assert.deepEqual(await take(stream.read(), 1), [1]);
  stream.push(4);
  assert.deepEqual(await take(stream.read(), 3), [2, 3, 4]);
});

test('each of several loops sees every value from its first step on', async () => {
  const stream = new ValueStream<number>(10);
  const first = take(stream.read(), 2);
  stream.push(1);
  const second = take(stream.read(), 1);
  stream.push(2);
  assert.deepEqual(await first, [1, 2]);
  assert.deepEqual(await second, [2]);
});

test('a full buffer says so before, and loses its oldest value after', async () => {
  const stream = new ValueStream<number>(2);
  assert.equal(stream.push(1), true);
  assert.equal(stream.hasRoom, true);
  assert.equal(stream.push(2), true);
  assert.equal(stream.hasRoom, false);
  assert.equal(stream.push(3), false);
  assert.deepEqual(await take(stream.read(), 2), [2, 3]);
  assert.equal(stream.hasRoom, true);
});

test('the slowest loop decides whether there is room', async () => {
  const stream = new ValueStream<number>(1);
  const slow = stream.read()[Symbol.asyncIterator]();
  const fast = stream.read()[Symbol.asyncIterator]();
  const waiting = fast.next();
  assert.equal(stream.hasRoom, true);
  stream.push(1);
  assert.deepEqual(await waiting, { done: false, value: 1 });
  assert.equal(stream.hasRoom, false);
  await slow.next();
  assert.equal(stream.hasRoom, true);
});

test('an aborted signal ends the loop quietly, also one that was aborted before', async () => {
  const stream = new ValueStream<number>(10);
  const stop = new AbortController();
  const loop = take(stream.read({ signal: stop.signal }), 5);
  stream.push(1);
  stop.abort();
  assert.deepEqual((await loop).length <= 1, true);
  assert.deepEqual(await take(stream.read({ signal: AbortSignal.abort() }), 1), []);
});

test('a closed stream gives what is buffered and then ends, for loops of now and of later', async () => {
  const stream = new ValueStream<number>(10);
  const now = stream.read()[Symbol.asyncIterator]();
  stream.push(1);
  stream.close();
  stream.push(2);
  assert.deepEqual(await now.next(), { done: false, value: 1 });
  assert.deepEqual(await now.next(), { done: true, value: undefined });
  assert.deepEqual(await take(stream.read(), 1), []);
});

test('two steps asked for at once are answered in order', async () => {
  const stream = new ValueStream<number>(10);
  const reader = stream.read()[Symbol.asyncIterator]();
  const steps = [reader.next(), reader.next()];
  stream.push(1);
  stream.push(2);
  assert.deepEqual(
    (await Promise.all(steps)).map(({ value }) => value),
    [1, 2],
  );
});
