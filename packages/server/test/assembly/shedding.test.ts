import { expect, test } from 'vitest';
import { Shedding } from '../../src/assembly/shedding.ts';

const lookSeconds = 0.05;

/** A server that answers 10,000 requests a second or refuses 50,000, with a queue in front of it. */
class ModelServer {
  readonly shedding = new Shedding({ target: 100, refusingTime: 0.125 });
  #waiting = 0;
  answered = 0;
  refused = 0;
  delay = 0;
  /** What the system keeps for a socket. */
  readonly #room = 3600;

  run(rate: number, seconds: number): void {
    this.answered = this.refused = 0;
    for (let time = 0; time < seconds; time += lookSeconds) this.#turn(rate * lookSeconds);
  }

  #turn(arrived: number): void {
    const { share } = this.shedding;
    this.#waiting = Math.min(this.#room, this.#waiting + arrived);
    const costOfOne = (1 - share) / 10_000 + share / 50_000;
    const read = Math.min(this.#waiting, lookSeconds / costOfOne);
    this.#waiting -= read;
    this.answered += read * (1 - share);
    this.refused += read * share;
    this.delay = this.#waiting * costOfOne * 1000;
    const refusingTime = (read * share) / 50_000 / lookSeconds;
    this.shedding.look({ delay: this.delay, busy: (read * costOfOne) / lookSeconds, refusingTime });
  }
}

test('overload: as many as can be answered are let in, and none is refused', () => {
  const server = new ModelServer();
  server.run(9_900, 20);
  expect(server.refused).toBe(0);
});

test('overload: a burst that is over soon is answered, none is refused', () => {
  const server = new ModelServer();
  server.run(30_000, 0.1);
  server.run(5_000, 2);
  expect(server.refused).toBe(0);
});

for (const times of [1.1, 1.2, 1.5])
  test(`overload: at ${times} times the rate the others are refused, and waiting stays near its target`, () => {
    const server = new ModelServer();
    server.run(10_000 * times, 5);
    server.run(10_000 * times, 20);
    expect(server.answered / 20).toBeGreaterThan(8_500);
    expect((server.answered + server.refused) / 20).toBeGreaterThan(9_900 * times);
    expect(server.delay).toBeGreaterThan(10);
    expect(server.delay).toBeLessThan(250);
  });

for (const times of [2, 3, 10, 100])
  test(`overload: at ${times} times the rate no more time goes into refusing than may`, () => {
    const server = new ModelServer();
    server.run(10_000 * times, 5);
    server.run(10_000 * times, 20);
    expect(server.answered / 20).toBeGreaterThan(8_500);
    expect(server.refused / 20).toBeGreaterThan(5_000);
  });

test('overload: when it is over all are let in again within two seconds', () => {
  const server = new ModelServer();
  server.run(30_000, 10);
  server.run(8_000, 2);
  expect(server.shedding.share).toBe(0);
});

test('overload: one long wait, as of a process that was stopped, refuses nobody', () => {
  const shedding = new Shedding({ target: 100, refusingTime: 0.125 });
  shedding.look({ delay: 5000, busy: 1, refusingTime: 0 });
  shedding.look({ delay: 20, busy: 1, refusingTime: 0 });
  expect(shedding.share).toBe(0);
});
