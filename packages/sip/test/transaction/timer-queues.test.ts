import { expect, test } from 'vitest';
import { HandWoundClock } from '../../../../test/support/hand-wound-clock.ts';
import { TimerQueues } from '../../src/transaction/timer-queues.ts';
import type { TimerTarget } from '../../src/transaction/timer-queues.ts';

class Notes implements TimerTarget {
  readonly fired: string[] = [];
  timerFired(word: string): void {
    this.fired.push(word);
  }
}

test('timers of one length fire in the order in which they were started, on one timer of the clock', async () => {
  const clock = new HandWoundClock();
  const timers = new TimerQueues(clock);
  const notes = new Notes();
  timers.start(100, notes, 'first');
  await clock.advance(40);
  timers.start(100, notes, 'second');
  expect(clock.pending()).toBe(1);
  await clock.advance(60);
  expect(notes.fired).toEqual(['first']);
  await clock.advance(39);
  expect(notes.fired).toEqual(['first']);
  await clock.advance(1);
  expect(notes.fired).toEqual(['first', 'second']);
  expect(clock.pending()).toBe(0);
});

test('a cancelled timer does not fire, wherever it stands in its queue', async () => {
  const clock = new HandWoundClock();
  const timers = new TimerQueues(clock);
  const notes = new Notes();
  const started = ['a', 'b', 'c', 'd', 'e'].map((word) => timers.start(100, notes, word));
  for (const index of [0, 2, 4]) started[index]?.cancel();
  started[2]?.cancel();
  await clock.advance(100);
  expect(notes.fired).toEqual(['b', 'd']);
});

test('with the last timer cancelled nothing is left in the clock', () => {
  const clock = new HandWoundClock();
  const timers = new TimerQueues(clock);
  const started = [1, 2, 3].map((length) => timers.start(length, new Notes(), 'x'));
  for (const timer of started) timer.cancel();
  expect(clock.pending()).toBe(0);
  timers.start(1, new Notes(), 'x');
  timers.clear();
  expect(clock.pending()).toBe(0);
});

test('a timer that is started while its queue fires keeps its own time', async () => {
  const clock = new HandWoundClock();
  const timers = new TimerQueues(clock);
  const fired: [string, number][] = [];
  const start = clock.now();
  const target: TimerTarget = {
    timerFired(word) {
      fired.push([word, clock.now() - start]);
      if (word === 'again') timers.start(100, target, 'later');
    },
  };
  timers.start(100, target, 'again');
  await clock.advance(50);
  timers.start(100, target, 'other');
  await clock.advance(500);
  expect(fired).toEqual([
    ['again', 100],
    ['other', 150],
    ['later', 200],
  ]);
});

test('a clock that is set back delays no timer', async () => {
  const clock = new HandWoundClock();
  let behind = 0;
  const timers = new TimerQueues({
    now: () => clock.now() - behind,
    after: (ms, act) => clock.after(ms, act),
  });
  const notes = new Notes();
  timers.start(100, notes, 'before');
  await clock.advance(50);
  timers.start(100, notes, 'at the time');
  behind = 3_600_000;
  timers.start(100, notes, 'after');
  await clock.advance(50);
  expect(notes.fired).toEqual(['before']);
  await clock.advance(50);
  expect(notes.fired).toEqual(['before', 'at the time', 'after']);
});

test('faults: a wall clock that is set forward by a day fires nothing early where a steady one is there', async () => {
  const clock = new HandWoundClock();
  let wall = 0;
  const timers = new TimerQueues({
    now: () => clock.now() + wall,
    steady: () => clock.now(),
    after: (milliseconds, act) => clock.after(milliseconds, act),
  });
  const notes = new Notes();
  timers.start(100, notes, 'first');
  await clock.advance(60);
  timers.start(100, notes, 'second');
  wall = 86_400_000;
  await clock.advance(50);
  wall = -86_400_000;
  expect(notes.fired).toEqual(['first']);
  await clock.advance(50);
  expect(notes.fired).toEqual(['first', 'second']);
});

test('faults: after a stop of the process answers are read before anybody is given up', async () => {
  const clock = new HandWoundClock();
  let stopped = 0;
  const timers = new TimerQueues({
    now: () => clock.now() + stopped,
    after: (milliseconds, act) => clock.after(milliseconds, act),
  });
  const notes = new Notes();
  const answered = timers.start(500, notes, 'answered');
  timers.start(500, notes, 'silent');
  stopped = 5000;
  await clock.advance(500);
  expect(notes.fired).toEqual([]);
  answered.cancel();
  await clock.advance(250);
  expect(notes.fired).toEqual(['silent']);
  expect(clock.pending()).toBe(0);
});
