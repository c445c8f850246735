// What is left of the rate when more is asked for than can be answered.
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { measureOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark, Measure } from './harness/benchmark.ts';
import { check } from './harness/check.ts';
import { acknowledged, startLoadGenerator } from './harness/load.ts';
import type { Load, LoadGenerator, LoadReport } from './harness/load.ts';
import { describeMachine } from './harness/machine.ts';
import { processorSeconds } from './harness/processor-time.ts';
import { domain, howItRuns, startProduct } from './harness/product.ts';
import type { Product } from './harness/product.ts';

/** Enough outstanding requests that the server never waits for one. */
const window = 256;
const warmUpMessages = 20_000;
const sustainedMessages = 40_000;
const seconds = 8;
const factors = [1.2, 2, 3] as const;
const restMilliseconds = 2000;
const goal = { at: 'least', ratio: 0.9 } as const;

interface Overloaded {
  readonly report: LoadReport;
  /** 2xx a second while requests were being sent. */
  readonly goodput: number;
  /** 2xx for each CPU second of the server, to the end of the last transaction: it does not depend on the neighbours. */
  readonly perProcessorSecond: number;
}

interface Round {
  readonly sustained: number;
  readonly sustainedP99: number;
  readonly perProcessorSecond: number;
  readonly overloaded: readonly Overloaded[];
}

/** From now on this process and those it starts run on one core; on a machine with one there is nothing to part. */
function runOn(core: number | undefined): void {
  const { cores } = describeMachine();
  const list = core === undefined ? `0-${cores - 1}` : String(core % cores);
  execFileSync('taskset', ['-cp', list, String(process.pid)], { stdio: 'ignore' });
}

/** Server and generator share no core: a generator at three times the rate would take the server's time. */
async function apart<T>(
  context: BenchContext,
  act: (product: Product, load: LoadGenerator) => Promise<T>,
): Promise<T> {
  runOn(0);
  const product = await startProduct(context.folder);
  runOn(1);
  const load = await startLoadGenerator({ transport: 'udp', port: product.port, domain });
  runOn(undefined);
  try {
    return await act(product, load);
  } finally {
    await load.close();
    await product.stop();
  }
}

/** Runs a load and gives the server a rest; also how many it acknowledged for each CPU second. */
async function loaded(
  product: Product,
  generator: LoadGenerator,
  load: Load,
): Promise<Pick<Overloaded, 'report' | 'perProcessorSecond'>> {
  const before = processorSeconds(product.processes);
  const report = await generator.run(load);
  const used = processorSeconds(product.processes) - before;
  await pause(restMilliseconds);
  return { report, perProcessorSecond: acknowledged(report) / used };
}

function round(context: BenchContext): Promise<Round> {
  const { scale } = context;
  return apart(context, async (product, generator) => {
    const closed = (messages: number) =>
      loaded(product, generator, {
        messages: Math.round(messages * scale),
        pace: { kind: 'closed', window },
      });
    const first = await closed(warmUpMessages);
    const { report: sustained, perProcessorSecond } = await closed(sustainedMessages);
    const overloaded: Overloaded[] = [];
    for (const factor of factors) {
      const rate = sustained.rate * factor;
      const messages = Math.round(rate * seconds * scale);
      const result = await loaded(product, generator, { messages, pace: { kind: 'open', rate } });
      const { acknowledgedWhileSending, sendingSeconds } = result.report;
      overloaded.push({ ...result, goodput: acknowledgedWhileSending / sendingSeconds });
    }
    await checkStored(product, [first.report, sustained, ...overloaded.map(({ report }) => report)]);
    const sustainedP99 = sustained.latency.p99;
    return { sustained: sustained.rate, sustainedP99, perProcessorSecond, overloaded };
  });
}

/** What was never answered may be stored or not. */
async function checkStored(product: Product, reports: readonly LoadReport[]): Promise<void> {
  const stored = (await product.storedCount()) ?? 0;
  const sum = (of: (report: LoadReport) => number): number =>
    reports.reduce((all, report) => all + of(report), 0);
  const answered = sum(acknowledged);
  check(
    stored >= answered && stored <= answered + sum(({ timedOut }) => timedOut),
    `stored ${stored}, acknowledged ${answered}`,
  );
  const refused = sum(({ answers }) => answers['503'] ?? 0);
  const hints = sum(({ retryAfter }) => retryAfter);
  check(hints === refused, `${refused} refused, ${hints} of them with Retry-After`);
}

function describe({ report, goodput }: Overloaded, factor: number): string {
  const share = (count: number): string => `${((100 * count) / report.sent).toFixed(1)} %`;
  return [
    `at ${factor} times: ${Math.round(goodput)}/s acknowledged while sending`,
    `${share(acknowledged(report))} acknowledged in the end`,
    `${share(report.answers['503'] ?? 0)} refused with 503 and Retry-After`,
    `${share(report.timedOut)} without an answer after 32 s`,
    `${report.retransmissions} retransmissions`,
    `p99 of those acknowledged ${Math.round(report.latency.p99)} ms`,
  ].join(', ');
}

function measuresOf(rounds: readonly Round[]): readonly Measure[] {
  const peerName = 'its own sustained rate';
  const at = (of: (overloaded: Overloaded) => number, index: number): readonly number[] =>
    rounds.map(({ overloaded }) => overloaded.slice(index, index + 1).map(of)[0] ?? Number.NaN);
  return factors.flatMap((factor, index) => [
    measureOf(
      { name: `goodput at ${factor} times the rate, UDP`, unit: 'messages/s', peerName, goal },
      at(({ goodput }) => goodput, index),
      rounds.map(({ sustained }) => sustained),
    ),
    measureOf(
      { name: `acknowledged at ${factor} times the rate`, unit: 'for a CPU second', peerName },
      at(({ perProcessorSecond }) => perProcessorSecond, index),
      rounds.map(({ perProcessorSecond }) => perProcessorSecond),
    ),
  ]);
}

export const benchmark: Benchmark = {
  name: 'overload',
  summary: 'goodput when 1.2, 2 and 3 times the sustained rate is offered',
  packages: [],
  run: async (context) => {
    const rounds: Round[] = [];
    const notes: string[] = [];
    for (let number = 1; number <= context.rounds; number += 1) {
      const result = await round(context);
      rounds.push(result);
      const { sustained, sustainedP99, overloaded } = result;
      context.say(
        `round ${number}: sustained ${Math.round(sustained)}/s with ${window} outstanding, p99 ${Math.round(sustainedP99)} ms`,
      );
      for (const [index, each] of overloaded.entries()) {
        const line = describe(each, factors[index] ?? Number.NaN);
        context.say(line);
        notes.push(`round ${number}, ${line}`);
      }
    }
    notes.push(
      `${howItRuns}; server and generator on a core of their own each`,
      'after each round the database holds what was acknowledged, and every 503 has had Retry-After',
    );
    return { measures: measuresOf(rounds), notes };
  },
};
