import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { settle } from '../../../test/support/hand-wound-clock.ts';
import { iterableSource, memorySink, MsrpRejection, octetsSource } from '../src/index.ts';
import type { FailureReport, MessageSink } from '../src/index.ts';
import { pair } from './pair.ts';

const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = { contentType: 'text/plain' } as const;

test('RFC 4975 5.4: the active side sends an empty SEND, and both sides are ready', async () => {
  await using both = pair();
  await Promise.all([both.client.ready, both.server.ready]);
  assert.equal(both.received.length, 0);
});

test('a message goes across and is acknowledged', async () => {
  await using both = pair();
  const outcome = await both.client.send(octetsSource(octetsOf('Lunch?')), plain).outcome;
  assert.deepEqual(outcome, {
    kind: 'delivered',
    acknowledgedPrefix: 6,
    acknowledged: [{ start: 0, end: 6 }],
  });
  assert.equal(new TextDecoder().decode(both.received[0]?.octets), 'Lunch?');
  assert.equal(both.received[0]?.head.contentType, 'text/plain');
  assert.equal(both.received[0]?.head.totalBytes, 6);
});

test('both sides send on the one connection', async () => {
  const got: string[] = [];
  await using both = pair({
    onClientMessage: () => memorySink((octets) => got.push(new TextDecoder().decode(octets))),
  });
  const [a, b] = await Promise.all([
    both.client.send(octetsSource(new Uint8Array(300_000).fill(65)), plain).outcome,
    both.server.send(octetsSource(new Uint8Array(300_000).fill(66)), plain).outcome,
  ]);
  assert.deepEqual([a.kind, b.kind], ['delivered', 'delivered']);
  assert.equal(got[0], 'B'.repeat(300_000));
  assert.equal(both.received[0]?.octets.length, 300_000);
});

test('an empty message is a message', async () => {
  await using both = pair();
  assert.equal((await both.client.send(octetsSource(new Uint8Array(0)), plain).outcome).kind, 'delivered');
  assert.equal(both.received[0]?.octets.length, 0);
});

const reports: readonly FailureReport[] = ['yes', 'no', 'partial'];
for (const failureReport of reports)
  for (const successReport of [true, false])
    test(`RFC 4975 7.1.1: Success-Report ${successReport}, Failure-Report ${failureReport}`, async () => {
      await using both = pair();
      const sent = both.client.send(octetsSource(new Uint8Array(100_000).fill(7)), {
        ...plain,
        ...{ failureReport, successReport, chunkBytes: 2048 },
      });
      const { kind } = await sent.outcome;
      assert.equal(kind, failureReport === 'yes' || successReport ? 'delivered' : 'sent');
      await settle();
      await settle();
      assert.equal(both.received[0]?.octets.length, 100_000);
      assert.equal(both.received[0]?.head.failureReport, failureReport);
    });

for (const failureReport of reports)
  test(`RFC 4975 7.2: a refusal and Failure-Report ${failureReport}`, async () => {
    await using both = pair({ onMessage: () => new MsrpRejection(415) });
    const { outcome } = both.client.send(octetsSource(octetsOf('x')), {
      ...plain,
      ...{ failureReport, successReport: true, reportTimeoutMs: 1000 },
    });
    for (let turn = 0; turn < 5; turn += 1) await settle();
    await both.clock.advance(1000);
    const end = await outcome;
    assert.equal(end.kind, failureReport === 'no' ? 'timeout' : 'refused');
    if (end.kind === 'refused') assert.deepEqual([end.status, end.comment], [415, 'Unsupported Media Type']);
  });

for (const status of [400, 403, 408, 413, 415, 423, 501])
  test(`RFC 4975 10: ${status} ends the message and not the session`, async () => {
    let refuse = true;
    await using both = pair({ onMessage: () => (refuse ? new MsrpRejection(status) : memorySink(() => {})) });
    const end = await both.client.send(octetsSource(new Uint8Array(1_000_000)), plain).outcome;
    assert(end.kind === 'refused');
    assert.equal(end.status, status);
    refuse = false;
    assert.equal((await both.client.send(octetsSource(octetsOf('next')), plain).outcome).kind, 'delivered');
  });

for (const status of [481, 506])
  test(`RFC 4975 10: ${status} ends the session`, async () => {
    await using both = pair({ onMessage: () => new MsrpRejection(status) });
    const end = await both.client.send(octetsSource(octetsOf('x')), plain).outcome;
    assert.equal(end.kind, 'refused');
    assert.deepEqual(await both.client.ended, { kind: 'refused', status });
  });

test('RFC 4975 10.5: 413 in the middle of a long chunk ends it by # at once', async () => {
  let taken = 0;
  const aborted: string[] = [];
  const onMessage = (): MessageSink => ({
    write: (_offset, { length }) => {
      taken += length;
      if (taken > 100_000) throw new MsrpRejection(413);
    },
    complete: () => {},
    abort: (reason) => void aborted.push(reason),
  });
  await using both = pair({ onMessage });
  let read = 0;
  const size = 50_000_000;
  const source = {
    size,
    read: (_offset: number, length: number) => {
      read += length;
      return Promise.resolve(new Uint8Array(length));
    },
  };
  const end = await both.client.send(source, { ...plain, chunkBytes: Number.POSITIVE_INFINITY }).outcome;
  assert(end.kind === 'refused' && end.status === 413);
  assert(read < 5_000_000, `${read}`);
  assert.deepEqual(aborted, ['write-failed']);
  await settle();
  assert.equal((await both.client.send(octetsSource(octetsOf('x')), plain).outcome).kind, 'refused');
});

test('RFC 4975 7.1.1: without an answer the message fails 30 s after its last octet', async () => {
  await using both = pair({
    onMessage: () => ({ write: () => new Promise(() => {}), complete: () => {}, abort: () => {} }),
  });
  await both.client.ready;
  let end: string | undefined;
  void both.client.send(octetsSource(octetsOf('x')), plain).outcome.then(({ kind }) => (end = kind));
  await both.clock.advance(29_000);
  assert.equal(end, undefined);
  await both.clock.advance(2_000);
  assert.equal(end, 'timeout');
});

test('the last chunk is answered after complete() resolved, and no sooner', async () => {
  const commit = Promise.withResolvers<void>();
  let completed = false;
  await using both = pair({
    onMessage: () => ({
      write: () => {},
      complete: () => {
        completed = true;
        return commit.promise;
      },
      abort: () => {},
    }),
  });
  let acknowledged = 0;
  let end: string | undefined;
  const sent = both.client.send(octetsSource(new Uint8Array(5000)), {
    ...plain,
    chunkBytes: 2048,
    onProgress: ({ acknowledgedBytes }) => (acknowledged = acknowledgedBytes),
  });
  void sent.outcome.then(({ kind }) => (end = kind));
  for (let turn = 0; turn < 8; turn += 1) await settle();
  assert.deepEqual([completed, acknowledged, end], [true, 4096, undefined]);
  commit.resolve();
  assert.equal((await sent.outcome).kind, 'delivered');
});

test('complete() that rejects refuses the message', async () => {
  await using both = pair({
    onMessage: () => ({
      write: () => {},
      complete: () => Promise.reject(new Error('the disk is full')),
      abort: () => assert.fail('not after complete'),
    }),
  });
  const end = await both.client.send(octetsSource(octetsOf('x')), { ...plain, successReport: true }).outcome;
  assert(end.kind === 'refused' && end.status === 413);
});

test('a sink that is slow holds the connection back', async () => {
  const open: (() => void)[] = [];
  let octets = 0;
  const onMessage = (): MessageSink => ({
    write: (_offset, { length }) => {
      octets += length;
      return new Promise((resolve) => open.push(resolve));
    },
    complete: () => {},
    abort: () => {},
  });
  await using both = pair({ onMessage, limits: { maxHeldBytes: 100_000 }, highWaterMark: 10_000 });
  const size = 3_000_000;
  const sent = both.client.send(octetsSource(new Uint8Array(size)), { ...plain, chunkBytes: 10_000 });
  for (let turn = 0; turn < 20; turn += 1) await settle();
  assert(octets < 500_000, `${octets} octets were handed over`);
  const ends: string[] = [];
  void sent.outcome.then(({ kind }) => ends.push(kind));
  while (ends.length === 0) {
    for (const resolve of open.splice(0)) resolve();
    await settle();
  }
  assert.equal(octets, size);
  assert.deepEqual(ends, ['delivered']);
});

test('the window bounds what is not acknowledged, and the source is not read far ahead', async () => {
  let read = 0;
  await using both = pair({
    onMessage: () => ({ write: () => new Promise(() => {}), complete: () => {}, abort: () => {} }),
    sending: { windowBytes: 200_000, blockBytes: 10_000 },
    limits: { maxHeldBytes: 10_000_000 },
  });
  const source = {
    size: 10_000_000,
    read: (_offset: number, length: number) => {
      read += length;
      return new Uint8Array(length);
    },
  };
  void both.client.send(source, { ...plain, chunkBytes: 10_000 });
  for (let turn = 0; turn < 20; turn += 1) await settle();
  assert(read >= 200_000 && read <= 240_000, `${read}`);
});

test('RFC 4975 5.1: a long chunk is interrupted for another message', async () => {
  const order: string[] = [];
  await using both = pair({
    onMessage: ({ messageId }) => memorySink(() => order.push(messageId)),
    highWaterMark: 20_000,
  });
  const long = both.client.send(octetsSource(new Uint8Array(3_000_000)), {
    ...plain,
    ...{ messageId: 'long', chunkBytes: Number.POSITIVE_INFINITY },
  });
  await both.client.ready;
  await settle();
  const short = both.client.send(octetsSource(octetsOf('quick')), { ...plain, messageId: 'short' });
  assert.deepEqual([(await long.outcome).kind, (await short.outcome).kind], ['delivered', 'delivered']);
  assert.deepEqual(order, ['short', 'long']);
});

test('an aborted message ends by #, and its sink is told', async () => {
  const reasons: string[] = [];
  await using both = pair({
    onMessage: () =>
      memorySink(
        () => assert.fail('not complete'),
        (reason) => reasons.push(reason),
      ),
    highWaterMark: 1000,
  });
  const controller = new AbortController();
  const sent = both.client.send(octetsSource(new Uint8Array(10_000_000)), {
    ...plain,
    signal: controller.signal,
    onProgress: ({ sentBytes }) => {
      if (sentBytes > 500_000) controller.abort();
    },
  });
  assert.equal((await sent.outcome).kind, 'aborted');
  for (let turn = 0; turn < 20; turn += 1) await settle();
  assert.deepEqual(reasons, ['aborted-by-sender']);
});

test('a source of unknown size: * as the total, and the end shows it', async () => {
  await using both = pair();
  const pieces = [
    new Uint8Array(70_000).fill(1),
    new Uint8Array(0),
    new Uint8Array(3).fill(2),
    new Uint8Array(70_000).fill(3),
  ];
  const end = await both.client.send(iterableSource(pieces), { ...plain, chunkBytes: 50_000 }).outcome;
  assert.equal(end.kind, 'delivered');
  assert.equal(both.received[0]?.head.totalBytes, undefined);
  assert.deepEqual(both.received[0]?.octets, Uint8Array.from(pieces.flatMap((piece) => [...piece])));
});

test('a source that fails or breaks its promise ends the message', async () => {
  await using both = pair();
  const fails = { size: 100_000_000, read: () => Promise.reject(new Error('the disk is gone')) };
  const lies = { size: 100, read: () => new Uint8Array(10) };
  for (const source of [fails, lies])
    assert.equal((await both.client.send(source, plain).outcome).kind, 'source-failed');
});

test('a message is resumed where it broke off', async () => {
  const whole = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const got = whole.slice();
  got.fill(0, 40_960);
  let done = false;
  await using both = pair({
    onMessage: () => ({
      received: [{ start: 0, end: 40_960 }],
      write: (offset, octets) => got.set(octets, offset),
      complete: () => void (done = true),
      abort: () => {},
    }),
  });
  const end = await both.client.send(octetsSource(whole), { ...plain, startAt: 40_960 }).outcome;
  assert.deepEqual([end.kind, end.acknowledgedPrefix, done], ['delivered', 100_000, true]);
  assert.deepEqual(got, whole);
});

test('a connection that breaks: the sender knows how far it came, the sink is told', async () => {
  const reasons: string[] = [];
  await using both = pair({
    onMessage: () =>
      memorySink(
        () => {},
        (reason) => reasons.push(reason),
      ),
  });
  const sent = both.client.send(octetsSource(new Uint8Array(1_000_000)), {
    ...plain,
    ...{ chunkBytes: 10_000 },
    onProgress: ({ acknowledgedBytes }) => {
      if (acknowledgedBytes >= 300_000)
        for (const connection of both.network.connections()) connection.destroy();
    },
  });
  const end = await sent.outcome;
  assert.equal(end.kind, 'broken');
  assert(end.acknowledgedPrefix >= 300_000 && end.acknowledgedPrefix < 1_000_000);
  assert.equal((await both.client.ended).kind, 'connection-lost');
  assert.equal((await both.server.ended).kind, 'connection-lost');
  assert.deepEqual(reasons, ['connection-lost']);
  assert.equal((await both.client.send(octetsSource(octetsOf('x')), plain).outcome).kind, 'broken');
});

test('a closed session closes its connection, and the other side is told', async () => {
  await using both = pair();
  await both.client.ready;
  both.client.close();
  assert.equal((await both.client.ended).kind, 'closed');
  assert.equal((await both.server.ended).kind, 'connection-lost');
  assert.deepEqual([both.clientEndpoint.connections, both.serverEndpoint.connections], [0, 0]);
  assert.deepEqual([both.clientEndpoint.sessions, both.serverEndpoint.sessions], [0, 0]);
});

test('RFC 4975 5.4: sessions to the same peer share a connection, which closes with the last one', async () => {
  await using both = pair();
  await both.client.ready;
  const got: string[] = [];
  const server = both.serverEndpoint.createSession({
    onMessage: () => memorySink((octets) => got.push(new TextDecoder().decode(octets))),
  });
  const client = both.clientEndpoint.createSession({ onMessage: () => new MsrpRejection(403) });
  server.start({ remotePath: client.localPath, role: 'passive' });
  client.start({ remotePath: server.localPath, role: 'active' });
  await client.send(octetsSource(octetsOf('second')), plain).outcome;
  assert.deepEqual([got, both.clientEndpoint.connections], [['second'], 1]);
  both.client.close();
  assert.equal((await client.send(octetsSource(octetsOf('third')), plain).outcome).kind, 'delivered');
  client.close();
  await settle();
  assert.equal(both.clientEndpoint.connections, 0);
});

test('a session that nobody connects to ends, as does one that nobody listens to', async () => {
  await using both = pair();
  const lonely = both.serverEndpoint.createSession({ onMessage: () => new MsrpRejection(403) });
  lonely.start({ remotePath: both.client.localPath, role: 'passive', setupTimeoutMs: 5000 });
  await both.clock.advance(5000);
  assert.equal((await lonely.ended).kind, 'setup-timeout');
  await assert.rejects(lonely.ready, { name: 'SessionFailed' });
  const lost = both.clientEndpoint.createSession({ onMessage: () => new MsrpRejection(403) });
  const nowhere = both.client.localPath.map((uri) => ({ ...uri, port: 1 }));
  lost.start({ remotePath: nowhere, role: 'active' });
  assert.equal((await lost.ended).kind, 'connect-failed');
});

test('no timer is left when nothing is under way', async () => {
  const both = pair();
  await both.client.send(octetsSource(new Uint8Array(100_000)), { ...plain, successReport: true }).outcome;
  await both[Symbol.asyncDispose]();
  await settle();
  await settle();
  assert.equal(both.clock.pending(), 0);
});

test('any messages by any chunks over any segmentation arrive as they were', async () => {
  const message = fc.record({
    octets: fc.oneof(
      fc.uint8Array({ maxLength: 20_000, size: 'max' }),
      fc.constant(new TextEncoder().encode('\r\n-------'.repeat(500))),
    ),
    chunkBytes: fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 51, max: 30_000 }),
      fc.constant(Number.POSITIVE_INFINITY),
    ),
    isKnown: fc.boolean(),
    failureReport: fc.constantFrom(...reports),
    successReport: fc.boolean(),
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      cuts,
      fc.integer({ min: 100, max: 100_000 }),
      async (messages, sizes, highWaterMark) => {
        let next = 0;
        const segmentation = (): number => sizes[(next += 1) % sizes.length] ?? 1;
        await using both = pair({ segmentation, highWaterMark, sending: { blockBytes: 5000 } });
        const outcomes = await Promise.all(
          messages.map(({ octets, isKnown, ...rest }, index) => {
            const source = isKnown
              ? octetsSource(octets)
              : iterableSource([octets.subarray(0, 100), octets.subarray(100)]);
            return both.client.send(source, { ...plain, messageId: `m${index}`, ...rest }).outcome;
          }),
        );
        assert(outcomes.every(({ kind }) => kind === 'delivered' || kind === 'sent'));
        while (both.received.length < messages.length) await settle();
        for (const { head, octets } of both.received)
          assert.deepEqual(octets, Uint8Array.from(messages[Number(head.messageId.slice(1))]?.octets ?? []));
      },
    ),
    { numRuns: 40 },
  );
});
