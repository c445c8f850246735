import type { Measure } from '../harness/benchmark.ts';
import type { StoredResult } from '../harness/results.ts';
import { figure, isReached } from '../harness/table.ts';
import { barsOf } from './bars.ts';
import { goalsOf } from './goals.ts';
import { linesOf } from './lines.ts';

/** The page and its pictures, by their paths below docs/. */
export type Pages = ReadonlyMap<string, string>;

const scalingGoal = 1.3;

const titles: Readonly<Record<string, string>> = {
  deferral: 'Durable deferrals',
  steady: 'At a steady rate',
  pull: 'A pull of 100 messages',
  overload: 'More than it can take',
  memory: 'Memory',
  startup: 'Start',
  scaling: 'With many messages of others waiting',
  parser: 'Parser and serializer',
};

/** Everything that stands in docs/performance.md and docs/performance/, from the results of the last runs. */
export function renderPerformance(results: readonly StoredResult[]): Pages {
  const inOrder = results.toSorted((a, b) => placeOf(a) - placeOf(b));
  const groups = inOrder.map(({ benchmark, measures }) => ({ title: titleOf(benchmark), measures }));
  return new Map([
    ['performance.md', [introduction(inOrder), ...inOrder.map(section)].join('\n')],
    ['performance/goals.svg', goalsOf(groups)],
    ...inOrder.map((result): [string, string] => [`performance/${result.benchmark}.svg`, chartOf(result)]),
  ]);
}

function placeOf({ benchmark }: StoredResult): number {
  const place = Object.keys(titles).indexOf(benchmark);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

function titleOf(benchmark: string): string {
  return titles[benchmark] ?? benchmark;
}

function chartOf({ benchmark, measures }: StoredResult): string {
  return benchmark === 'scaling' ? linesOf(measures, scalingGoal) : barsOf(titleOf(benchmark), measures);
}

function introduction(results: readonly StoredResult[]): string {
  const goals = results.flatMap(({ measures }) => measures.filter(({ goal }) => goal !== undefined));
  const reached = goals.filter((measure) => isReached(measure) === true).length;
  return `# Performance

Measured by the benchmarks of [bench/](../bench), each with \`npm run bench NAME\`; \`npm run bench\` runs all. This page
is written by \`node scripts/performance.ts publish\` from their results and is not to be edited.

Of ${goals.length} goals ${reached} are reached.

![How near each measure comes to its goal](performance/goals.svg)

## How it is measured

- Product and peer run in turn, in the same minutes on the same machine, several rounds each. A row shows the median
  round; the ratio is the median of the rounds' own quotients, so that a slow minute slows both.
- Servers are the real ones, each with a data folder of its own on a disk that syncs. A peer has its best number of
  children, found before, and stores durably as the product does.
- The load generator speaks SIP with the retransmissions of RFC 3261: in a closed loop so many requests are outstanding
  at any time; in an open loop they come at a rate, whatever the answers do.
- CPU seconds are those of the server and all its processes, the peer's database included, of user and system.
- Where messages are taken (durable deferrals, a steady rate, overload), those stored are counted after each run and have
  to be those that were acknowledged; in the first two and in the pull \`strace\` shows once that no 2xx leaves before the commit
  it speaks of. "bare Node + SQLite" is a program of fifty lines that commits the datagram and answers: the limit, not a peer.
- A machine with other work shows wide ranges; the log of each run keeps the load average beside every round.
`;
}

function section(result: StoredResult): string {
  const { benchmark, measures, notes } = result;
  return `
## ${titleOf(benchmark)}

${circumstances(result)}

![${titleOf(benchmark)}](performance/${benchmark}.svg)

| measure | unit | restante | peer | | ratio | goal | |
|---|---|--:|--:|---|--:|--:|---|
${measures.map(rowOf).join('\n')}

${notes.map((note) => `- ${note}`).join('\n')}
`;
}

function circumstances({ date, rounds, scale, machine, packages }: StoredResult): string {
  const gigabytes = Math.round(machine.memoryBytes / 2 ** 30);
  const parts = [
    date.slice(0, 16).replace('T', ' ') + ' UTC',
    `${rounds} round${rounds === 1 ? '' : 's'}`,
    ...(scale === 1 ? [] : [`scaled by ${scale}`]),
    `${machine.processor}, ${machine.cores} cores, ${gigabytes} GB`,
    machine.kernel,
    `Node ${machine.node.replace('v', '')}`,
    ...Object.entries(packages).map(([name, version]) => `${name} ${version}`),
  ];
  return `${parts.join(' · ')}.`;
}

function rowOf(measure: Measure): string {
  const { name, unit, product, peer, peerName, ratio, goal } = measure;
  const sign = goal?.at === 'least' ? '≥' : '≤';
  const reached = isReached(measure);
  const cells = [
    name,
    unit,
    figure(product.median),
    figure(peer.median),
    peerName,
    figure(ratio),
    goal === undefined ? '' : `${sign} ${figure(goal.ratio)}`,
    reached === undefined ? '' : reached ? 'reached' : '**not reached**',
  ];
  return `| ${cells.join(' | ')} |`;
}
