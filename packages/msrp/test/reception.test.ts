import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import { SequenceRandom } from '../../../test/support/sequence-random.ts';
import type { AbortReason, IncomingHead, MessageHandler, MsrpLimits, MsrpSession } from '../src/index.ts';
import {
  memorySink,
  MsrpEndpoint,
  MsrpFramer,
  MsrpRejection,
  octetsSource,
  parseMsrpPath,
} from '../src/index.ts';
import type { Segmentation } from './memory-transport.ts';
import { MemoryNetwork } from './memory-transport.ts';
import { latin1, Recorder, textOf } from './protocol/recorder.ts';
import { quiet, ScriptedPeer } from './scripted-peer.ts';

interface Stage extends AsyncDisposable {
  readonly clock: HandWoundClock;
  readonly endpoint: MsrpEndpoint;
  readonly session: MsrpSession;
  readonly peer: ScriptedPeer;
  readonly network: MemoryNetwork;
  readonly heads: IncomingHead[];
  readonly texts: string[];
  readonly aborted: AbortReason[];
}

interface StageOptions {
  readonly limits?: Partial<MsrpLimits>;
  readonly onMessage?: MessageHandler;
  readonly segmentation?: Segmentation;
}

/** A session that waits, and a scripted peer connected to its endpoint. */
function stage({ limits = {}, onMessage, segmentation }: StageOptions = {}): Stage {
  const clock = new HandWoundClock();
  const network = new MemoryNetwork(segmentation);
  const endpoint = new MsrpEndpoint({
    transports: [network.transport(5002)],
    clock,
    random: new SequenceRandom(3),
    limits,
  });
  const heads: IncomingHead[] = [];
  const texts: string[] = [];
  const aborted: AbortReason[] = [];
  const keep: MessageHandler = (head) => {
    heads.push(head);
    return memorySink(
      (octets) => texts.push(textOf(octets)),
      (reason) => aborted.push(reason),
    );
  };
  const session = endpoint.createSession({ onMessage: onMessage ?? keep });
  const peer = new ScriptedPeer(network, 5002, session.localPath);
  session.start({ remotePath: parseMsrpPath(peer.own), role: 'passive' });
  return {
    ...{ clock, endpoint, session, peer, network, heads, texts, aborted },
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

test('RFC 4975 7.3.1: chunks out of order, one of them twice', async () => {
  await using on = stage();
  assert.equal(await on.peer.ask({ range: '6-10/15', body: 'world', flag: '+' }), 200);
  assert.equal(await on.peer.ask({ range: '6-10/15', body: 'world', flag: '+' }), 200);
  assert.equal(await on.peer.ask({ range: '11-15/15', body: ', you', flag: '$' }), 200);
  assert.deepEqual(on.texts, []);
  assert.equal(await on.peer.ask({ range: '1-*/15', body: 'hello', flag: '+' }), 200);
  assert.deepEqual(on.texts, ['helloworld, you']);
  assert.equal(on.heads.length, 1);
});

test('RFC 4975 7.3.1: of overlapping chunks the later one stands', async () => {
  await using on = stage();
  await on.peer.ask({ range: '1-6/8', body: 'abcdef', flag: '+' });
  assert.equal(await on.peer.ask({ range: '4-8/8', body: 'DEFGH' }), 200);
  assert.deepEqual(on.texts, ['abcDEFGH']);
});

test('overlapping writes never run at the same time', async () => {
  const log: string[] = [];
  const open: (() => void)[] = [];
  await using on = stage({
    onMessage: () => ({
      write: (offset, { length }) => {
        log.push(`${offset}+${length}`);
        return new Promise((resolve) => open.push(resolve));
      },
      complete: () => void log.push('complete'),
      abort: () => {},
    }),
  });
  on.peer.send({ range: '1-6/12', body: 'abcdef', flag: '+' });
  on.peer.send({ range: '4-8/12', body: 'DEFGH', flag: '+' });
  on.peer.send({ range: '9-12/12', body: 'IJKL', flag: '$' });
  await quiet();
  assert.deepEqual(log, ['0+6']);
  while (log.at(-1) !== 'complete') {
    for (const resolve of open.splice(0)) resolve();
    await quiet();
  }
  assert.deepEqual(log, ['0+6', '3+5', '8+4', 'complete']);
  assert.deepEqual(
    ['tid1', 'tid2', 'tid3'].map((id) => on.peer.statusOf(id)),
    [200, 200, 200],
  );
});

test('RFC 4975 7.1.1: * as the total; the last chunk shows it, whenever it comes', async () => {
  await using on = stage();
  await on.peer.ask({ range: '4-*/*', body: 'def', flag: '$' });
  await on.peer.ask({ range: '1-3/*', body: 'abc', flag: '+' });
  assert.deepEqual(on.texts, ['abcdef']);
});

test('a message without Byte-Range is whole; late chunks of it are answered like it', async () => {
  await using on = stage();
  assert.equal(await on.peer.ask({ body: 'all' }), 200);
  assert.equal(await on.peer.ask({ body: 'all' }), 200);
  assert.deepEqual([on.texts, on.heads.length], [['all'], 1]);
});

test('several messages at the same time, chunk by chunk', async () => {
  await using on = stage();
  for (const part of [1, 2, 3])
    for (const messageId of ['a1a1', 'b2b2'])
      await on.peer.ask({
        messageId,
        range: `${part}-${part}/3`,
        body: messageId.slice(0, 1),
        flag: part === 3 ? '$' : '+',
      });
  assert.deepEqual(on.texts, ['aaa', 'bbb']);
});

test('RFC 4975 7.1: # gives the message up', async () => {
  await using on = stage();
  await on.peer.ask({ range: '1-*/15', body: 'hello', flag: '+' });
  assert.equal(await on.peer.ask({ range: '6-*/15', body: 'wo', flag: '#' }), 200);
  assert.deepEqual([on.aborted, on.texts], [['aborted-by-sender'], []]);
  assert.equal(await on.peer.ask({ range: '6-10/15', body: 'world', flag: '+' }), 413);
});

const malformed: readonly (readonly [string, object, object])[] = [
  [
    'another total than before',
    { range: '1-3/10', body: 'abc', flag: '+' },
    { range: '4-6/11', body: 'def', flag: '+' },
  ],
  [
    'octets behind the end',
    { range: '1-3/5', body: 'abc', flag: '+' },
    { range: '4-*/5', body: 'defg', flag: '+' },
  ],
  [
    'a last chunk before the end',
    { range: '1-3/10', body: 'abc', flag: '+' },
    { range: '4-*/10', body: 'de', flag: '$' },
  ],
  [
    'octets behind the last chunk',
    { range: '8-*/*', body: 'abc', flag: '+' },
    { range: '1-*/*', body: 'de', flag: '$' },
  ],
];
for (const [name, first, second] of malformed)
  test(`RFC 4975 10.2: ${name}: 400`, async () => {
    await using on = stage();
    assert.equal(await on.peer.ask(first), 200);
    assert.equal(await on.peer.ask(second), 400);
    assert.deepEqual(on.aborted, ['malformed']);
    assert.equal(await on.peer.ask(first), 400);
  });

test('RFC 4975 10.5: more than is taken: 413, by the total before anybody is asked, else by the octets', async () => {
  await using on = stage({ limits: { maxMessageBytes: 10 } });
  assert.equal(await on.peer.ask({ messageId: 'known', range: '1-*/11', body: 'a', flag: '+' }), 413);
  assert.equal(on.heads.length, 0);
  assert.equal(
    await on.peer.ask({ messageId: 'unknown', range: '1-*/*', body: 'abcdefghij', flag: '+' }),
    200,
  );
  assert.equal(await on.peer.ask({ messageId: 'unknown', range: '11-*/*', body: 'k', flag: '+' }), 413);
  assert.deepEqual(on.aborted, ['too-large']);
  assert.equal(await on.peer.ask({ messageId: 'far', range: '1000000000-*/*', body: 'k', flag: '+' }), 413);
});

test('bounds on messages and on gaps', async () => {
  await using on = stage({ limits: { maxMessages: 2, maxSpans: 3 } });
  for (const messageId of ['m001', 'm002'])
    assert.equal(await on.peer.ask({ messageId, range: '1-1/100', body: 'a', flag: '+' }), 200);
  assert.equal(await on.peer.ask({ messageId: 'm003', range: '1-1/100', body: 'a', flag: '+' }), 413);
  for (const at of [3, 5])
    assert.equal(
      await on.peer.ask({ messageId: 'm001', range: `${at}-${at}/100`, body: 'a', flag: '+' }),
      200,
    );
  assert.equal(await on.peer.ask({ messageId: 'm001', range: '7-7/100', body: 'a', flag: '+' }), 413);
  assert.deepEqual(on.aborted, ['too-scattered']);
  assert.equal(await on.peer.ask({ messageId: 'm003', range: '1-1/1', body: 'a' }), 200);
});

test('a decision that takes its time: chunks wait for it, and are answered after it', async () => {
  for (const isTaken of [true, false]) {
    const decision = Promise.withResolvers<void>();
    const texts: string[] = [];
    await using on = stage({
      onMessage: async () => {
        await decision.promise;
        return isTaken ? memorySink((octets) => texts.push(textOf(octets))) : new MsrpRejection(415);
      },
    });
    on.peer.send({ range: '1-3/6', body: 'abc', flag: '+' });
    on.peer.send({ range: '4-6/6', body: 'def', flag: '$' });
    on.peer.send({ messageId: 'none', range: '1-0/0', body: '', flag: '$' });
    await quiet();
    assert.equal(on.peer.recorder.messages.length, 0);
    decision.resolve();
    await quiet();
    const status = isTaken ? 200 : 415;
    assert.deepEqual(
      ['tid1', 'tid2', 'tid3'].map((id) => on.peer.statusOf(id)),
      [status, status, status],
    );
    assert.deepEqual(texts.toSorted(), isTaken ? ['', 'abcdef'] : []);
  }
});

test('a session that ends while a decision is made: the sink is told', async () => {
  const decision = Promise.withResolvers<void>();
  const aborted: string[] = [];
  await using on = stage({
    onMessage: async () => {
      await decision.promise;
      return memorySink(
        () => {},
        (reason) => aborted.push(reason),
      );
    },
  });
  on.peer.send({ range: '1-3/6', body: 'abc', flag: '+' });
  await quiet();
  on.session.close();
  decision.resolve();
  await quiet();
  assert.deepEqual(aborted, ['session-closed']);
});

test('RFC 4975 10: 481 to an unknown session, 501 to an unknown method, 403 to who takes us for a relay', async () => {
  await using on = stage();
  const own = on.session.localPath[0]?.text ?? '';
  const other = own.replace(on.session.id, 'aaaaaaaaaaaaaaaaaaaaaaaa');
  assert.equal(await on.peer.ask({ toPath: other, body: 'x' }), 481);
  assert.equal(await on.peer.ask({ method: 'AUTH' }), 501);
  assert.equal(await on.peer.ask({ toPath: `${own} ${other}`, body: 'x' }), 403);
  assert.equal(await on.peer.ask({ toPath: other, body: 'x', more: 'Failure-Report: no\r\n' }), undefined);
  assert.equal(await on.peer.ask({ fromPath: 'msrp://192.0.2.77:9/impostor;tcp', body: 'x' }), 481);
  assert.equal(await on.peer.ask({ body: 'x' }), 200);
});

test('RFC 4975 14.1: session ids have 120 bits, and who guesses is cut off', async () => {
  await using on = stage();
  assert.match(on.session.id, /^[a-z2-7]{24}$/);
  const toPath = on.session.localPath[0]?.text.replace(on.session.id, 'guess') ?? '';
  for (let tries = 0; tries < 8; tries += 1) on.peer.send({ toPath, body: 'x' });
  await quiet();
  assert(on.peer.isClosed);
});

test('RFC 4975 10.10: 506 on another connection than the first', async () => {
  await using on = stage();
  assert.equal(await on.peer.ask({ messageId: 'e000', range: '1-0/0' }), 200);
  const second = new ScriptedPeer(on.network, 5002, on.session.localPath);
  assert.equal(await second.ask({ body: 'x' }), 506);
  assert.equal(await on.peer.ask({ body: 'x' }), 200);
});

test('RFC 4975 5.4: what is sent before the answer to the offer came is taken', async () => {
  await using on = stage();
  const session = on.endpoint.createSession({
    onMessage: () => memorySink((octets) => on.texts.push(textOf(octets))),
  });
  const peer = new ScriptedPeer(on.network, 5002, session.localPath);
  assert.equal(await peer.ask({ body: 'early' }), 200);
  session.start({ remotePath: parseMsrpPath(peer.own), role: 'passive' });
  await session.ready;
  assert.deepEqual(on.texts, ['early']);
});

test('RFC 4976: the response goes to the hop before, the report over the whole path', async () => {
  await using on = stage();
  const fromPath = `msrp://relay.example.com:2855/r1;tcp msrp://other.example.com:2855/r2;tcp ${on.peer.own}`;
  const more = 'Success-Report: yes\r\n';
  assert.equal(await on.peer.ask({ id: 'relayed', fromPath, body: 'abc', range: '1-3/3', more }), 200);
  const [response] = on.peer.recorder.messages;
  assert.deepEqual(
    response?.head.toPath?.map(({ host }) => host),
    ['relay.example.com'],
  );
  assert.deepEqual(response?.head.fromPath, on.session.localPath);
  const [report] = on.peer.requests('REPORT');
  assert(report?.head.kind === 'request');
  assert.equal(report.head.toPath.map(({ text }) => text).join(' '), fromPath);
  assert.deepEqual(report.head.byteRange, { first: 1, last: 3, total: 3 });
  assert.deepEqual([report.head.messageId, report.head.status?.status, report.flag], ['m1', 200, '$']);
});

test('RFC 4976: our own relays stand before the path of the peer, the nearest first', async () => {
  await using on = stage();
  const relays = parseMsrpPath('msrp://outer:1/o;tcp msrp://192.0.2.1:6000/inner;tcp');
  const recorder = new Recorder();
  const framer = new MsrpFramer(recorder, { maxHeadBytes: 10_000 });
  on.network
    .transport(6000)
    .start((connection) =>
      connection.start({ received: (octets) => framer.push(octets), drained: () => {}, closed: () => {} }),
    );
  const session = on.endpoint.createSession({ onMessage: () => new MsrpRejection(403), relays });
  assert.deepEqual(session.localPath.slice(0, 2), relays);
  session.start({ remotePath: parseMsrpPath(on.peer.own), role: 'active' });
  await quiet();
  const [greeting] = recorder.messages;
  assert.deepEqual(
    greeting?.head.toPath?.map(({ sessionId }) => sessionId),
    ['inner', 'o', 'peer'],
  );
  assert.deepEqual(greeting?.head.fromPath, session.localPath.slice(2));
});

test('RFC 4975 7.1.2: reports on octets sent, also piece by piece; a failure report ends the message', async () => {
  await using on = stage();
  await on.peer.ask({ messageId: 'e000', range: '1-0/0' });
  const sent = on.session.send(octetsSource(new Uint8Array(10)), {
    ...{ contentType: 'text/plain', successReport: true, failureReport: 'no', messageId: 'ours' },
  });
  let end: string | undefined;
  void sent.outcome.then(({ kind }) => (end = kind));
  const report = (range: string, status: string): string =>
    on.peer.send({ method: 'REPORT', messageId: 'ours', range, more: `Status: 000 ${status}\r\n` });
  report('1-4/10', '200 OK');
  report('7-10/10', '200');
  await quiet();
  assert.equal(end, undefined);
  report('5-6/10', '200 OK');
  await quiet();
  assert.equal(end, 'delivered');
  const failing = on.session.send(octetsSource(new Uint8Array(10)), {
    ...{ contentType: 'text/plain', failureReport: 'partial', successReport: true, messageId: 'ours' },
  });
  report('1-10/10', '408 Downstream');
  const failed = await failing.outcome;
  assert(failed.kind === 'refused' && failed.status === 408);
  // RFC 4975 section 7.1.2: no response to a REPORT.
  assert.equal(on.peer.recorder.messages.filter(({ head }) => head.kind === 'response').length, 1);
});

test('RFC 4975 10.2: a broken head is answered by 400', async () => {
  await using on = stage();
  assert.equal(await on.peer.ask({ range: '5-1/9', body: 'x' }), 400);
  assert.equal(await on.peer.ask({ messageId: ' ', body: 'x' }), 400);
});

test('octets that are no MSRP close the connection', async () => {
  await using on = stage();
  on.peer.write('GET / HTTP/1.1\r\n\r\n');
  await quiet();
  assert(on.peer.isClosed);
  assert.equal(on.endpoint.connections, 0);
});

test('a connection that no session uses is closed after a while', async () => {
  await using on = stage();
  const idle = new ScriptedPeer(on.network, 5002, on.session.localPath);
  await on.peer.ask({ messageId: 'e000', range: '1-0/0' });
  await on.clock.advance(30_000);
  await quiet();
  assert.deepEqual([idle.isClosed, on.peer.isClosed], [true, false]);
});

test('a peer that sends and never reads is cut off', async () => {
  await using on = stage({ limits: { maxControlBytes: 10_000 } });
  on.peer.connection.pause();
  on.peer.connection.isPaused = true;
  for (let count = 0; count < 2000; count += 1)
    on.peer.send({ messageId: 'same', range: '1-1/9', body: 'x', flag: '+' });
  await quiet();
  assert(on.peer.isClosed);
});

interface Cut {
  readonly from: number;
  readonly length: number;
}

test('any chunks in any order, overlapping and repeated, over any segmentation make the message', async () => {
  const cut = fc.record({ from: fc.nat({ max: 300 }), length: fc.integer({ min: 0, max: 120 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 300 }),
      fc.array(cut, { maxLength: 12 }),
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 }),
      fc.record({ isKnown: fc.boolean(), isSlow: fc.boolean(), seed: fc.nat() }),
      async (octets, cuts, step, sizes, { isKnown, isSlow, seed }) => {
        const text = textOf(octets).replaceAll('\r\n-------', '\r\n_______');
        let next = 0;
        const got = new Uint8Array(text.length);
        const completed: number[] = [];
        await using on = stage({
          segmentation: () => sizes[(next += 1) % sizes.length] ?? 1,
          onMessage: () => ({
            write: async (offset, piece) => {
              if (isSlow) await new Promise((resolve) => setImmediate(resolve));
              got.set(piece, offset);
            },
            complete: ({ totalBytes }) => void completed.push(totalBytes),
            abort: (reason) => assert.fail(reason),
          }),
        });
        const all: Cut[] = [...cuts];
        for (let from = 0; from < text.length; from += step) all.push({ from, length: step });
        const shuffled = all
          .filter(({ from }) => from < text.length)
          .toSorted((a, b) => ((a.from * 7919 + seed) % 101) - ((b.from * 7919 + seed) % 101));
        for (const { from, length } of shuffled) {
          const end = Math.min(text.length, from + length);
          const isLast = end === text.length;
          const range = `${from + 1}-${seed % 2 === 0 ? '*' : end}/${isKnown ? text.length : '*'}`;
          on.peer.send({ range, body: text.slice(from, end), flag: isLast ? '$' : '+' });
        }
        for (let turn = 0; turn < 200 && completed.length === 0; turn += 1) await quiet();
        await quiet();
        assert.deepEqual(completed, [text.length]);
        assert.deepEqual(got, latin1(text));
        assert(shuffled.every((_, index) => on.peer.statusOf(`tid${index + 1}`) === 200));
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
