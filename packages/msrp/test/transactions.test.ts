import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { HandWoundClock } from '../../../test/support/hand-wound-clock.ts';
import type { Transaction } from '../src/transactions.ts';
import { Transactions } from '../src/transactions.ts';

class Noted implements Transaction {
  readonly transactionId: string;
  isAwaited = false;
  readonly log: string[];

  constructor(transactionId: string, log: string[]) {
    this.transactionId = transactionId;
    this.log = log;
  }

  answered(status: number): void {
    this.log.push(`${this.transactionId} ${status}`);
  }

  expired(): void {
    this.log.push(`${this.transactionId} expired`);
  }
}

test('responses in any order reach who waits for them, each once', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Array.from({ length: 60 }, (_, index) => index)), (order) => {
      const log: string[] = [];
      const transactions = new Transactions(new HandWoundClock());
      for (let index = 0; index < 60; index += 1) {
        const transaction = new Noted(`t${index}`, log);
        transactions.open(transaction);
        transactions.await(transaction);
      }
      for (const index of [...order, ...order]) transactions.answer(`t${index}`, 200, 'OK');
      assert.deepEqual(
        log,
        order.map((index) => `t${index} 200`),
      );
      transactions.close();
    }),
  );
});

test('RFC 4975 7.1.1: 30 s after the last thing that moved, all that wait expire', async () => {
  const clock = new HandWoundClock();
  const log: string[] = [];
  const transactions = new Transactions(clock);
  for (const id of ['a', 'b', 'c']) {
    const transaction = new Noted(id, log);
    transactions.open(transaction);
    if (id !== 'c') transactions.await(transaction);
  }
  await clock.advance(20_000);
  transactions.moved();
  await clock.advance(29_000);
  assert.deepEqual(log, []);
  await clock.advance(1_000);
  assert.deepEqual(log, ['a expired', 'b expired']);
  transactions.answer('c', 413, '');
  assert.deepEqual(log.at(-1), 'c 413');
  assert.equal(clock.pending(), 0);
});

test('an answer before the end of the request counts, and no timer is left', () => {
  const clock = new HandWoundClock();
  const log: string[] = [];
  const transactions = new Transactions(clock);
  const early = new Noted('early', log);
  transactions.open(early);
  transactions.answer('early', 413, '');
  transactions.await(early);
  assert.deepEqual([log, clock.pending()], [['early 413'], 0]);
});

test('what is answered only when it fails is not kept for ever', () => {
  const log: string[] = [];
  const transactions = new Transactions(new HandWoundClock());
  for (let index = 0; index < 1000; index += 1) transactions.open(new Noted(`t${index}`, log));
  transactions.answer('t0', 400, '');
  transactions.answer('t999', 400, '');
  assert.deepEqual(log, ['t999 400']);
});
