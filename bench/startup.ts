// From the start of the process until it answers, beside a few lines of Node that answer a datagram.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureOf, sampleOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark } from './harness/benchmark.ts';
import { check } from './harness/check.ts';
import { fillStore } from './harness/fill.ts';
import { firstAnswer, messageRequest, optionsRequest } from './harness/first-answer.ts';
import type { Question } from './harness/first-answer.ts';
import { install, serveWords } from './harness/installation.ts';
import type { Installation } from './harness/installation.ts';
import { freePort, startService } from './harness/process.ts';
import { restante } from './harness/product.ts';

const waiting = 1_000_000;
/** Starts in a row within a round, of which the median counts: one start is short and meets whatever else runs. */
const startsOfRound = 5;

const bareNode = `import { createSocket } from 'node:dgram';
const socket = createSocket('udp4');
socket.on('message', (_, from) => socket.send('SIP/2.0 200 OK', from.port, from.address));
socket.bind(Number(process.argv[2]), '127.0.0.1');
`;

/** One row of the table. */
interface Variant {
  readonly name: string;
  readonly folder: 'empty' | 'full';
  readonly question: Question;
  readonly status: number;
  readonly words: (port: number, data: string) => readonly string[];
  readonly goal?: number;
}

const udp = (port: number, data: string): readonly string[] => serveWords(data, [`udp:127.0.0.1:${port}`]);
const udpAndTcp = (port: number, data: string): readonly string[] =>
  serveWords(data, [`udp:127.0.0.1:${port}`, `tcp:127.0.0.1:${port}`]);

function variantsOf({ launcher }: Installation): readonly [Variant, ...Variant[]] {
  const options = { question: optionsRequest, status: 200 };
  const installed = (port: number, data: string): readonly string[] => [launcher, ...udp(port, data)];
  return [
    { name: 'nothing waits', folder: 'empty', ...options, words: installed, goal: 1.3 },
    { name: 'a million waiting', folder: 'full', ...options, words: installed, goal: 2 },
    {
      name: 'nothing waits, UDP and TCP',
      folder: 'empty',
      ...options,
      words: (port, data) => [launcher, ...udpAndTcp(port, data)],
    },
    {
      name: 'nothing waits, until a message is deferred',
      folder: 'empty',
      question: messageRequest,
      status: 202,
      words: installed,
    },
    {
      name: 'nothing waits, from the sources',
      folder: 'empty',
      ...options,
      words: (port, data) => [...restante, ...udp(port, data)],
    },
  ];
}

async function measure(context: BenchContext): Promise<Awaited<ReturnType<Benchmark['run']>>> {
  const installation = install(context.folder);
  const bare = join(context.folder, 'bare-node.mjs');
  writeFileSync(bare, bareNode);
  const messages = Math.round(waiting * context.scale);
  context.say(`filling a database with ${messages} messages`);
  await fillStore(join(context.folder, 'full'), { messages });

  const start = async ({ words, question, status, folder }: Variant): Promise<number> => {
    const port = await freePort();
    const data = join(context.folder, folder);
    const answer = await firstAnswer(words(port, data), port, question, installation.environment);
    check(answer.status === status, `answered by ${answer.status}`);
    return answer.milliseconds;
  };
  const startBare = async (): Promise<number> => {
    const port = await freePort();
    return (await firstAnswer([bare, String(port)], port, optionsRequest)).milliseconds;
  };

  const [usual, ...others] = variantsOf(installation);
  const variants = [usual, ...others];
  const veryFirst = await start(usual);
  await runOnce(installation, join(context.folder, usual.folder));
  const product = variants.map((): number[] => []);
  const peer = variants.map((): number[] => []);
  for (let round = 0; round < context.rounds; round += 1) {
    for (const [index, variant] of variants.entries()) {
      const figures = await alternated(() => start(variant), startBare);
      product[index]?.push(figures.product);
      peer[index]?.push(figures.peer);
    }
    context.say(`round ${round + 1}: ${product.map((each) => `${each.at(-1)?.toFixed(0)} ms`).join(', ')}`);
  }
  return {
    measures: variants.map(({ name, goal }, index) =>
      measureOf(
        {
          name: `start to first answer, ${name}`,
          unit: 'ms',
          peerName: 'Node with a dgram socket',
          ...(goal !== undefined && { goal: { at: 'most', ratio: goal } }),
        },
        product[index] ?? [],
        peer[index] ?? [],
      ),
    ),
    notes: [
      `each round: the median of ${startsOfRound} starts, in turn with as many of the peer; OPTIONS every millisecond`,
      `the very first start, with no database and no compiled code yet: ${veryFirst.toFixed(0)} ms`,
    ],
  };
}

/** Runs to an end in order: from then on the compiled code is there, as on every machine that has run it before. */
async function runOnce({ launcher, environment }: Installation, data: string): Promise<void> {
  const words = [launcher, ...udp(await freePort(), data)];
  const service = startService(process.execPath, words, { log: `${data}.log`, environment });
  await service.until(/Try it/);
  await service.stop();
}

/** Product and peer in turn, start by start. */
async function alternated(
  product: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<{ readonly product: number; readonly peer: number }> {
  const figures = { product: [] as number[], peer: [] as number[] };
  for (let start = 0; start < startsOfRound; start += 1) {
    figures.product.push(await product());
    figures.peer.push(await peer());
  }
  return { product: sampleOf(figures.product).median, peer: sampleOf(figures.peer).median };
}

export const benchmark: Benchmark = {
  name: 'startup',
  summary: 'from the start of the process to its first answer',
  packages: [],
  run: measure,
};
