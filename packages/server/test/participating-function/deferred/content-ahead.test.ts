import { expect, test } from 'vitest';
import { contentsAhead } from '../../../src/participating-function/deferred/content-ahead.ts';
import type { MessageContent } from '../../../src/participating-function/deferred/deferred-message.ts';
import { aMessage } from './values.ts';

const content = (id: string): MessageContent => ({ headers: [['Subject', id]], body: new Uint8Array() });
const messages = (count: number, size = 100) =>
  Array.from({ length: count }, (_, index) => aMessage(`m${index}`, { size }));

async function batches(count: number, size: number): Promise<number[]> {
  const read: number[] = [];
  const contents = contentsAhead(messages(count, size), async (ids) => {
    read.push(ids.length);
    return ids.map(content);
  });
  let expected = 0;
  for await (const { headers } of definedOnly(contents)) expect(headers[0]?.[1]).toBe(`m${expected++}`);
  expect(expected).toBe(count);
  return read;
}

async function* definedOnly(contents: AsyncIterable<MessageContent | undefined>) {
  for await (const content of contents) if (content !== undefined) yield content;
}

test('D-11: contents come in the order of the messages, a few first and many at once then', async () => {
  expect(await batches(0, 100)).toEqual([]);
  expect(await batches(1, 100)).toEqual([1]);
  expect(await batches(300, 100)).toEqual([16, 128, 128, 28]);
});

test('a batch is bound in its octets, and one message is a batch whatever its size', async () => {
  expect(await batches(5, 60_000)).toEqual([2, 2, 1]);
  expect(await batches(3, 10_000_000)).toEqual([1, 1, 1]);
});

test('the next batch is asked for before the first message is handed out, and no further one', async () => {
  const read: number[] = [];
  const contents = contentsAhead(messages(300), async (ids) => {
    read.push(ids.length);
    return ids.map(content);
  });
  await contents.next();
  expect(read).toEqual([16, 128]);
  for (let taken = 1; taken < 16; taken += 1) await contents.next();
  expect(read).toEqual([16, 128]);
  await contents.next();
  expect(read).toEqual([16, 128, 128]);
  await contents.return(undefined);
});

test('a message that is not there any more is undefined in its place', async () => {
  const contents = contentsAhead(messages(3), async (ids) =>
    ids.map((id) => (id === 'm1' ? undefined : content(id))),
  );
  const read = [];
  for await (const one of contents) read.push(one?.headers[0]?.[1]);
  expect(read).toEqual(['m0', undefined, 'm2']);
});

const failing = () =>
  contentsAhead(messages(40), async (ids) => {
    if (ids[0] !== 'm0') throw new Error('the disk is gone');
    return ids.map(content);
  });

test('a read that fails is told to whom it concerns, and to nobody who has left', async () => {
  const left = failing();
  await left.next();
  await left.return(undefined);
  const stayed = failing();
  for (let taken = 0; taken < 16; taken += 1) expect((await stayed.next()).done).toBe(false);
  await expect(stayed.next()).rejects.toThrow('the disk is gone');
});
