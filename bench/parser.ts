import type { BenchContext, Benchmark, BenchResult, Measure } from './harness/benchmark.ts';
import { measureOf, sampleOf } from './harness/benchmark.ts';
import type { Contender, Readings } from './parser/contender.ts';
import { jssip } from './parser/jssip.ts';
import { type MessageSample, messageSamples, octetsOf, variants } from './parser/messages.ts';
import { product } from './parser/product.ts';
import { sipModule } from './parser/sip.ts';
import { sipjs } from './parser/sipjs.ts';

const peers: readonly Contender[] = [sipModule, sipjs, jssip];
const contenders: readonly Contender[] = [product, ...peers];
/** A fifth of the time of the best of the three. */
const goal = { at: 'most', ratio: 0.2 } as const;
/** How long one contender works at one task in one round. */
const sliceMilliseconds = 150;

/** Something that all contenders do: each with a function of the number of the message. */
interface Task {
  readonly name: string;
  readonly runs: ReadonlyMap<Contender, (at: number) => unknown>;
}

/** Where values go, so that no optimizer can leave them out. */
const sink: unknown[] = [];

/**
 * Nanoseconds of processor time for one call, all variants in turn, for at least `milliseconds`. That of the compiler
 * and the garbage collector in their own threads is in it; that of whatever else the machine does is not.
 */
function timeOf(run: (at: number) => unknown, milliseconds: number): number {
  const end = performance.now() + milliseconds;
  const before = process.cpuUsage();
  let calls = 0;
  do {
    for (let at = 0; at < variants; at += 1) sink[0] = run(at);
    calls += variants;
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** All contenders have to read the same, or the times would say nothing. */
function checkReadings(sample: MessageSample, octets: Buffer): void {
  const expected = comparable(product.read(octets, sample.addresses));
  for (const peer of peers) {
    const found = comparable(peer.read(octets, sample.addresses));
    if (found !== expected) throw new Error(`${sample.name}: ${peer.name} reads ${found}, not ${expected}`);
  }
}

/** The media type without its parameters, which only the product takes apart. */
function comparable(readings: Readings): string {
  return JSON.stringify({ ...readings, contentType: readings.contentType.replace(/;.*/, '') });
}

function tasksOf(sample: MessageSample): readonly Task[] {
  const octets = octetsOf(sample);
  const [first = Buffer.alloc(0)] = octets;
  checkReadings(sample, first);
  const at = (index: number): Buffer => octets[index] ?? first;
  const { addresses } = sample;
  return [
    {
      name: `${sample.name}: parse and read seven fields`,
      runs: new Map(contenders.map((one) => [one, (index) => one.read(at(index), addresses)])),
    },
    {
      name: `${sample.name}: parse alone`,
      runs: new Map(contenders.map((one) => [one, (index) => one.parse(at(index))])),
    },
    ...serializing(sample),
  ];
}

/** Of requests only: a response is made of its request, in each library in a way of its own. */
function serializing(sample: MessageSample): readonly Task[] {
  const [startLine = '', ...lines] = sample.head.map((line) => line.replaceAll('{n}', '1234'));
  if (startLine.startsWith('SIP/')) return [];
  const runs = new Map<Contender, () => Uint8Array>();
  for (const one of contenders) {
    const message = one.request(startLine, lines, sample.body.replaceAll('{n}', '1234'));
    runs.set(one, () => message.serialize());
  }
  return [{ name: `${sample.name}: serialize`, runs }];
}

/** The figures of each contender, round by round; who begins changes from round to round. */
function measureTask(task: Task, { rounds, scale }: BenchContext): ReadonlyMap<Contender, readonly number[]> {
  const times = new Map(contenders.map((one): [Contender, number[]] => [one, []]));
  const slice = Math.max(5, sliceMilliseconds * Math.min(1, scale));
  for (let round = -1; round < rounds; round += 1) {
    contenders.forEach((_, place) => {
      const one = contenders[(place + round + 1) % contenders.length] ?? product;
      const time = timeOf(task.runs.get(one) ?? (() => undefined), slice);
      // The first one is for the compiler.
      if (round >= 0) times.get(one)?.push(time);
    });
  }
  return times;
}

function rowOf(name: string, times: ReadonlyMap<Contender, readonly number[]>): Measure {
  const own = times.get(product) ?? [];
  const ranked = peers
    .map((peer) => ({ peerName: peer.name, rounds: times.get(peer) ?? [] }))
    .toSorted((a, b) => sampleOf(a.rounds).median - sampleOf(b.rounds).median);
  const { peerName, rounds } = ranked[0] ?? { peerName: '', rounds: [] };
  return measureOf({ name, unit: 'ns', peerName, goal }, own, rounds);
}

async function run(context: BenchContext): Promise<BenchResult> {
  const measures: Measure[] = [];
  for (const sample of messageSamples) {
    for (const task of tasksOf(sample)) {
      const times = measureTask(task, context);
      measures.push(rowOf(task.name, times));
      const figures = contenders.map(
        (one) => `${one.name} ${sampleOf(times.get(one) ?? []).median.toFixed(0)}`,
      );
      context.say(`${task.name}: ${figures.join(', ')} ns`);
    }
  }
  return { measures, notes };
}

const notes = [
  `Octets in, as from a socket; ${variants} messages of each kind in turn, that differ in users, tags, branches and Call-ID.`,
  'Seven fields: Via (branch, host), From (tag, user), To (user), Call-ID, CSeq (number, method), the first address of Contact or Route (host), Content-Type. All contenders read the same values, or the benchmark fails.',
  'Parse alone: the product has found all rows, the start line, Content-Length and the body, and reads values when they are asked for; sip has read all fields; sip.js and jssip those that they know.',
  'Serialize: a request that was built by the means of each library, to octets. The peer is the fastest of sip, sip.js and jssip.',
];

export const benchmark: Benchmark = {
  name: 'parser',
  summary: 'parser and serializer on real messages, against sip, sip.js and jssip from npm',
  packages: [],
  run,
};
