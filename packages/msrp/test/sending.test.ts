import assert from 'node:assert/strict';
import type { Random } from '@restante/sip';
import { test } from 'vitest';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import type { MsrpRequest } from '../src/index.ts';
import { MsrpFramer, octetsSource } from '../src/index.ts';
import type { Pair } from './pair.ts';
import { pair } from './pair.ts';
import { latin1, Recorder, textOf } from './protocol/recorder.ts';

const plain = { contentType: 'text/plain' } as const;

/** Every request that the client writes, as a framer of its own sees it. */
function tapped(both: Pair): { readonly recorder: Recorder; readonly wire: () => string } {
  const recorder = new Recorder();
  const framer = new MsrpFramer(recorder, { maxHeadBytes: 8192 });
  let wire = '';
  const [client] = both.network.connections();
  if (client === undefined) throw new Error('no connection');
  const write = client.write.bind(client);
  client.write = (parts) => {
    for (const part of parts) {
      wire += textOf(part);
      framer.push(part.slice());
    }
    return write(parts);
  };
  return { recorder, wire: () => wire };
}

function sendsOf(
  recorder: Recorder,
): readonly { readonly head: MsrpRequest; readonly flag: string; readonly size: number }[] {
  return recorder.messages.flatMap(({ head, flag = '', body }) =>
    head.kind === 'request' && head.method === 'SEND' ? [{ head, flag, size: body.length }] : [],
  );
}

test('RFC 4975 7.1: the octets of a SEND, Content-Type last', async () => {
  await using both = pair();
  const { wire } = tapped(both);
  await both.client.ready;
  const { messageId, outcome } = both.client.send(octetsSource(latin1('Lunch?')), {
    ...plain,
    successReport: true,
  });
  await outcome;
  const [, id = ''] =
    /MSRP (\S+) SEND\r\n[^\0]*?Success-Report/.exec(wire().slice(wire().lastIndexOf('MSRP'))) ?? [];
  const paths = `To-Path: ${both.server.localPath[0]?.text}\r\nFrom-Path: ${both.client.localPath[0]?.text}\r\n`;
  const fields = `Message-ID: ${messageId}\r\nByte-Range: 1-6/6\r\nSuccess-Report: yes\r\nContent-Type: text/plain\r\n`;
  assert(wire().endsWith(`MSRP ${id} SEND\r\n${paths}${fields}\r\nLunch?\r\n-------${id}$\r\n`), wire());
});

test('RFC 4975 7.1.1: chunks of at most 2,048 octets say where they end, larger ones can be interrupted', async () => {
  await using both = pair();
  const { recorder } = tapped(both);
  await both.client.send(octetsSource(new Uint8Array(5000)), { ...plain, chunkBytes: 2048 }).outcome;
  await both.client.send(octetsSource(new Uint8Array(5000)), { ...plain, chunkBytes: 4000 }).outcome;
  assert.deepEqual(
    sendsOf(recorder)
      .filter(({ head }) => head.contentType !== undefined)
      .map(({ head, flag, size }) => [head.byteRange?.first, head.byteRange?.last, flag, size]),
    [
      [1, 2048, '+', 2048],
      [2049, 4096, '+', 2048],
      [4097, 5000, '$', 904],
      [1, undefined, '+', 4000],
      [4001, 5000, '$', 1000],
    ],
  );
});

test('RFC 4975 7.1: a long chunk of one message: one head, one end-line', async () => {
  await using both = pair();
  const { recorder } = tapped(both);
  const endless = { ...plain, chunkBytes: Number.POSITIVE_INFINITY };
  await both.client.send(octetsSource(new Uint8Array(1_000_000)), endless).outcome;
  const sizes = sendsOf(recorder).map(({ size }) => size);
  assert.deepEqual(
    sizes.filter((size) => size > 0),
    [1_000_000],
  );
});

/** Draws the same identifier again and again, until now and then another one comes. */
class Stubborn implements Random {
  readonly #other = new SequenceRandom(9);
  #calls = 0;

  bytes(length: number): Uint8Array {
    this.#calls += 1;
    const octets = this.#other.bytes(length);
    // Session identifiers have to differ.
    if (length !== 24 && this.#calls % 7 !== 0) octets.fill(0, 0, 16);
    return octets;
  }
}

const traps: readonly (readonly [number, readonly number[]])[] = [
  [2048, [100, 2040, 4985, 14_993]],
  [30_000, [100, 9979, 29_990]],
  // Only across the edges of blocks: the first piece goes well with the identifier, the next does not.
  [Number.POSITIVE_INFINITY, [4985, 14_993]],
];
for (const [chunkBytes, places] of traps)
  test(`RFC 4975 7.1: an identifier that stands in the body is not used, chunks of ${chunkBytes}`, async () => {
    await using both = pair({ random: new Stubborn(), sending: { blockBytes: 5000 } });
    const { recorder } = tapped(both);
    const octets = latin1('.'.repeat(40_000));
    const trap = latin1('\r\n-------aaaaaaaaaaaaaaaa$\r\n');
    for (const at of places) octets.set(trap, at);
    const { kind } = await both.client.send(octetsSource(octets), { ...plain, chunkBytes }).outcome;
    assert.equal(kind, 'delivered');
    assert.deepEqual(both.received[0]?.octets, octets);
    assert.equal(recorder.lostBy, undefined);
    const sends = sendsOf(recorder);
    if (chunkBytes === Number.POSITIVE_INFINITY)
      assert.equal(sends.find(({ flag }) => flag === '+')?.size, 5000);
  });
