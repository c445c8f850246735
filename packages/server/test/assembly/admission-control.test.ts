import { expect, test } from 'vitest';
import type { SipLog } from '@restante/sip';
import { AdmissionControl } from '../../src/assembly/admission-control.ts';

/** A server whose load the test says. */
class Bench {
  time = 0;
  waiting = 0;
  busy = 1;
  readonly lines: string[] = [];
  readonly control: AdmissionControl;

  constructor() {
    const told = (level: string) => (_facts: object, sentence: string) =>
      void this.lines.push(`${level}: ${sentence}`);
    const log: SipLog = {
      debug: told('debug'),
      info: told('info'),
      warn: told('warn'),
      error: told('error'),
    };
    const senses = { now: () => this.time, busy: () => this.busy, delay: () => this.waiting };
    this.control = new AdmissionControl({
      senses,
      target: 100,
      retryAfterSeconds: 5,
      repeatedMilliseconds: 32_000,
      seed: 1234,
      log,
    });
  }

  pass(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      this.time += 50;
      this.control.refusing();
    }
  }

  /** What becomes of requests of this method, a thousand of them. */
  refusals(method: string, names = 'a'): readonly (number | undefined)[] {
    return Array.from({ length: 1000 }, (_, index) =>
      this.control.refusal(method, `z9hG4bK${names}${index} 192.0.2.1 5060 ${method}`),
    );
  }

  refused(method: string): number {
    return this.refusals(method).filter((seconds) => seconds !== undefined).length;
  }
}

test('overload: while requests are answered in time nothing is asked about them', () => {
  const bench = new Bench();
  bench.waiting = 90;
  bench.pass(5000);
  expect(bench.control.refusing()).toBe(false);
  expect(bench.lines).toEqual([]);
});

test('overload: messages are refused before registrations, these before pulls', () => {
  const bench = new Bench();
  bench.waiting = 200;
  bench.pass(700);
  expect(bench.control.refusing()).toBe(true);
  const [messages, registrations, pulls] = ['MESSAGE', 'REGISTER', 'INVITE'].map((method) =>
    bench.refused(method),
  );
  expect(messages).toBeGreaterThan(Number(registrations));
  expect(registrations).toBeGreaterThan(Number(pulls));
  expect(bench.refused('OPTIONS')).toBeGreaterThan(Number(registrations));
});

test('overload: Retry-After lies between its bound and twice that, and is not the same for all', () => {
  const bench = new Bench();
  bench.waiting = 300;
  bench.pass(2000);
  const seconds = new Set(bench.refusals('MESSAGE').filter((value) => value !== undefined));
  expect([...seconds].toSorted((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10]);
});

test('RFC 3261 8.2.7: a retransmission is decided upon as the request was', () => {
  const bench = new Bench();
  bench.waiting = 300;
  bench.pass(1000);
  expect(bench.refusals('MESSAGE')).toEqual(bench.refusals('MESSAGE'));
  expect(bench.refusals('MESSAGE', 'b')).not.toEqual(bench.refusals('MESSAGE'));
});

test('overload: the log has one line when refusing begins and one when it ends', () => {
  const bench = new Bench();
  for (let wave = 0; wave < 3; wave += 1) {
    bench.waiting = 300;
    bench.pass(1000);
    bench.waiting = 0;
    bench.busy = 0.3;
    bench.pass(1000);
    bench.busy = 1;
  }
  expect(bench.lines).toEqual([
    'warn: too much to do, new requests are refused',
    'info: new requests are taken again',
  ]);
});

test('overload: after a rest nobody is refused for what was before it', () => {
  const bench = new Bench();
  bench.waiting = 300;
  bench.pass(2000);
  bench.waiting = 0;
  bench.busy = 0.01;
  bench.time += 60_000;
  expect(bench.control.refusing()).toBe(false);
});

test('RFC 3261 8.2.7: who was refused is refused again for as long as the request may be repeated, others are let in', () => {
  const bench = new Bench();
  bench.waiting = 300;
  bench.pass(2000);
  const first = bench.refusals('MESSAGE');
  bench.waiting = 0;
  bench.busy = 0.01;
  bench.pass(1000);
  expect(bench.control.refusing()).toBe(true);
  expect(bench.refusals('MESSAGE')).toEqual(first);
  expect(bench.refusals('MESSAGE', 'b').filter((seconds) => seconds !== undefined)).toEqual([]);
  bench.time += 65_000;
  expect(bench.control.refusing()).toBe(false);
});
