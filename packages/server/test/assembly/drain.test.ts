import { SipRejection } from '@restante/sip';
import { expect, test } from 'vitest';
import { HandWoundClock, settle } from '../../../../test/support/hand-wound-clock.ts';
import { Drain } from '../../src/assembly/drain.ts';

/** A handler that takes as long as the test wants; what it is given does not matter. */
function slowHandler() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { handle: () => promise, resolve, reject };
}

type Through = Parameters<Drain['through']>[0];

async function answerOf(drain: Drain, handle: Through): Promise<unknown> {
  // Only the drain looks at the request, and it does not.
  const incoming: unknown = {};
  return Reflect.apply(drain.through(handle), undefined, [incoming]);
}

test('the end of the server waits for requests under way, not longer than it may', async () => {
  const clock = new HandWoundClock();
  const drain = new Drain();
  const slow = slowHandler();
  const stuck = slowHandler();
  const answers = [answerOf(drain, slow.handle), answerOf(drain, stuck.handle)];
  let finished = false;
  const end = drain.finish(clock, 2000).then(() => void (finished = true));
  slow.resolve();
  await answers[0];
  await settle();
  expect(finished).toBe(false);
  await clock.advance(2000);
  await end;
  expect(finished).toBe(true);
  stuck.resolve();
  await answers[1];
});

test('the end does not wait where nothing is under way, nor for a handler that has failed', async () => {
  const clock = new HandWoundClock();
  const drain = new Drain();
  const failing = slowHandler();
  const answer = answerOf(drain, failing.handle);
  failing.reject(new Error('no'));
  await expect(answer).rejects.toThrow('no');
  await drain.finish(clock, 2000);
});

test('RFC 3261 21.5.4: a request that comes at the end gets 503 with Retry-After', async () => {
  const drain = new Drain();
  await drain.finish(new HandWoundClock(), 2000);
  const answer = answerOf(drain, () => {});
  await expect(answer).rejects.toBeInstanceOf(SipRejection);
  await expect(answer).rejects.toMatchObject({ status: 503 });
});

test('D-22: more requests than can be held at a time get 503 with Retry-After, until there is room', async () => {
  const drain = new Drain(1);
  const slow = slowHandler();
  const first = answerOf(drain, slow.handle);
  await expect(answerOf(drain, () => {})).rejects.toMatchObject({
    status: 503,
    headers: [['Retry-After', '5']],
  });
  slow.resolve();
  await first;
  await answerOf(drain, () => {});
});
