// Durable deferrals: the main job, against Kamailio's msilo and against Kamailio that stores nothing.
import { measureOf } from './harness/benchmark.ts';
import type { BenchContext, Benchmark, Measure } from './harness/benchmark.ts';
import { closedLoop } from './harness/measuring.ts';
import type { Figures, LoadPlan } from './harness/measuring.ts';
import { compare } from './peers/comparison.ts';
import { traceDeferrals } from './harness/trace-deferrals.ts';
import { kamailioPackages } from './peers/kamailio.ts';
import { peerNames } from './peers/peers.ts';
import type { PeerKind } from './peers/peers.ts';

const messages = 20_000;

type Figure = 'rate' | 'processorSeconds' | 'p99';
type Goals = Readonly<Partial<Record<Figure, number>>>;

interface Variant {
  readonly name: string;
  readonly transport: 'udp' | 'tcp';
  readonly window: number;
  /** Each peer and what the quotient to it is to be: at least for a rate, at most for the rest. */
  readonly peers: Readonly<Partial<Record<PeerKind, Goals>>>;
}

const variants: readonly Variant[] = [
  {
    name: 'UDP, 32 outstanding',
    transport: 'udp',
    window: 32,
    peers: {
      postgres: { rate: 5, processorSeconds: 1 / 7, p99: 0.5 },
      sqlite: { rate: 5 },
      stateless: { processorSeconds: 1 },
      bare: {},
    },
  },
  {
    name: 'UDP, 256 outstanding',
    transport: 'udp',
    window: 256,
    peers: { postgres: { rate: 10, processorSeconds: 1 / 12 }, sqlite: { rate: 20 }, bare: {} },
  },
  {
    name: 'TCP, 256 outstanding on 8 connections',
    transport: 'tcp',
    window: 256,
    peers: { postgres: { rate: 15 } },
  },
];

const figures: readonly {
  readonly of: Figure;
  readonly unit: string;
  readonly at: 'least' | 'most';
}[] = [
  { of: 'rate', unit: 'messages/s', at: 'least' },
  { of: 'processorSeconds', unit: 'CPU s per 10,000', at: 'most' },
  { of: 'p99', unit: 'p99, ms', at: 'most' },
];

export const benchmark: Benchmark = {
  name: 'deferral',
  summary: 'durable deferrals a second, their CPU time and latency',
  packages: [...new Set(Object.values(kamailioPackages).flat()), 'strace'],
  run: async (context) => {
    const measures: Measure[] = [];
    const notes: string[] = [];
    for (const variant of variants) {
      const found = await runVariant(context, variant);
      measures.push(...found.measures);
      notes.push(...found.notes);
    }
    notes.push(...(await traceDeferrals(context.folder)));
    return { measures, notes };
  },
};

async function runVariant(
  context: BenchContext,
  variant: Variant,
): Promise<{ readonly measures: readonly Measure[]; readonly notes: readonly string[] }> {
  const { transport, window } = variant;
  const plan: LoadPlan = { transport, ...closedLoop(window, messages * context.scale) };
  context.say(`${variant.name}: ${plan.load.messages} messages a round after ${plan.warmUp.messages}`);
  const kinds = kindsOf(variant);
  const { product, peers, notes } = await compare(context, plan, kinds);
  const measures = kinds.flatMap((kind) => rows(variant, kind, product, peers.get(kind) ?? []));
  return { measures, notes: notes.map((note) => `${variant.name}: ${note}`) };
}

function kindsOf({ peers }: Variant): readonly PeerKind[] {
  const all: readonly PeerKind[] = ['postgres', 'sqlite', 'stateless', 'bare'];
  return all.filter((kind) => peers[kind] !== undefined);
}

function rows(
  { name, peers }: Variant,
  kind: PeerKind,
  product: readonly Figures[],
  peer: readonly Figures[],
): readonly Measure[] {
  return figures.map(({ of, unit, at }) => {
    const ratio = peers[kind]?.[of];
    return measureOf(
      { name, unit, peerName: peerNames[kind], ...(ratio !== undefined && { goal: { at, ratio } }) },
      product.map((each) => each[of]),
      peer.map((each) => each[of]),
    );
  });
}
