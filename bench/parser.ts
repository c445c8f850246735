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
/** How long one contender works at one task in one round, and before the first one for the compiler's sake. */
const sliceMilliseconds = 150;
const warmUpMilliseconds = 400;

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
    ...serializing(sample, first),
  ];
}

function serializing(sample: MessageSample, octets: Buffer): readonly Task[] {
  const [startLine = '', ...lines] = sample.head.map((line) => line.replaceAll('{n}', '1234'));
  if (startLine.startsWith('SIP/')) return [];
  const body = sample.body.replaceAll('{n}', '1234');
  const builders = contenders.map((one) => ({ one, build: one.request(startLine, lines, body) }));
  return [
    {
      name: `${sample.name}: answer it`,
      runs: new Map(contenders.map((one) => [one, one.answer(octets)])),
    },
    {
      name: `${sample.name}: build and serialize`,
      runs: new Map(builders.map(({ one, build }) => [one, () => build().serialize()])),
    },
    {
      name: `${sample.name}: serialize alone`,
      runs: new Map(
        builders.map(({ one, build }) => {
          const message = build();
          return [one, () => message.serialize()];
        }),
      ),
    },
  ];
}

/** The figures of each contender, round by round; who begins changes from round to round. */
function measureTask(task: Task, { rounds, scale }: BenchContext): ReadonlyMap<Contender, readonly number[]> {
  const times = new Map(contenders.map((one): [Contender, number[]] => [one, []]));
  const slice = Math.max(5, sliceMilliseconds * Math.min(1, scale));
  for (let round = -1; round < rounds; round += 1) {
    contenders.forEach((_, place) => {
      const one = contenders[(place + round + 1) % contenders.length] ?? product;
      const run = task.runs.get(one) ?? (() => undefined);
      const time = timeOf(run, round < 0 ? warmUpMilliseconds : slice);
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
  'Answer: a 200 with a tag and no body to a request that was parsed before, to octets.',
  'Build and serialize: header fields as the user of each library has them, to octets; alone: a message that is there already.',
  'The peer of a row is the fastest of sip, sip.js and jssip in it.',
];

export const benchmark: Benchmark = {
  name: 'parser',
  summary: 'parser and serializer on real messages, against sip, sip.js and jssip from npm',
  packages: [],
  run,
};
