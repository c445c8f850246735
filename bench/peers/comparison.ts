import { sampleOf } from '../harness/benchmark.ts';
import type { BenchContext } from '../harness/benchmark.ts';
import { howItRuns } from '../harness/product.ts';
import { measureProduct, measureSystem } from '../harness/measuring.ts';
import type { Figures, LoadPlan } from '../harness/measuring.ts';
import { bestChildren } from './calibration.ts';
import { peerNames, startPeer } from './peers.ts';
import type { PeerKind } from './peers.ts';

/** The figures of each round, product and peers. */
export interface Comparison {
  readonly product: readonly Figures[];
  readonly peers: ReadonlyMap<PeerKind, readonly Figures[]>;
  readonly notes: readonly string[];
}

/** Product and peers in turn under one load, each started anew with an empty store in every round. */
export async function compare(
  context: BenchContext,
  plan: LoadPlan,
  kinds: readonly PeerKind[],
  /** Where it differs from `plan`: the load under which the number of children is chosen. */
  calibration: LoadPlan = plan,
): Promise<Comparison> {
  const { folder, rounds } = context;
  const children = new Map<PeerKind, number>();
  const notes: string[] = [];
  for (const kind of kinds) {
    const best = await bestChildren(folder, kind, calibration);
    children.set(kind, best.children);
    notes.push(`${peerNames[kind]}: ${best.said}`);
    context.say(`${peerNames[kind]}: ${best.said}`);
  }
  const product: Figures[] = [];
  const peers = new Map<PeerKind, Figures[]>(kinds.map((kind) => [kind, []]));
  for (let round = 1; round <= rounds; round += 1) {
    const own = await measureProduct(folder, plan);
    context.say(`round ${round}  ${line('restante', own)}`);
    product.push(own);
    for (const [kind, count] of children) {
      const theirs = await measureSystem(() => startPeer(folder, kind, count), plan);
      context.say(`round ${round}  ${line(peerNames[kind], theirs)}`);
      peers.get(kind)?.push(theirs);
    }
  }
  return { product, peers, notes: [...notes, ...remarks(product, peers)] };
}

/** That nothing was lost, and what else is to be known of a round. */
function remarks(
  product: readonly Figures[],
  peers: ReadonlyMap<PeerKind, readonly Figures[]>,
): readonly string[] {
  return [
    howItRuns,
    `restante: stored = acknowledged in each of ${product.length} rounds`,
    `the load generator itself: ${generatorSeconds(product).toFixed(2)} CPU s per 10,000 beside restante`,
    ...remarksOn('restante', product),
    ...[...peers].flatMap(([kind, all]) => remarksOn(peerNames[kind], all)),
  ];
}

/** It is to cost less than what it measures. */
function generatorSeconds(all: readonly Figures[]): number {
  return sampleOf(all.map(({ report }) => (report.processorSeconds * 10_000) / report.sent)).median;
}

function remarksOn(name: string, all: readonly Figures[]): readonly string[] {
  return all.flatMap(({ remark }, index) =>
    remark === '' ? [] : [`${name}, round ${index + 1}: ${remark}`],
  );
}

function line(name: string, { rate, processorSeconds, p99, report, remark }: Figures): string {
  const figures = [
    `${Math.round(rate)}/s`.padStart(8),
    `${processorSeconds.toFixed(2)} CPU s per 10,000`.padStart(23),
    `p99 ${p99.toFixed(1)} ms`.padStart(14),
    `${report.retransmissions} repeated`,
  ];
  return `${name.padEnd(28)}${figures.join('  ')}${remark === '' ? '' : `  ${remark}`}`;
}
