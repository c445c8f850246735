// What a constant 1,000 messages a second cost, and how long each waits for its answer.
import { measureOf } from './harness/benchmark.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { closedLoop } from './harness/measuring.ts';
import { traceDeferrals } from './harness/trace-deferrals.ts';
import { compare } from './peers/comparison.ts';
import { kamailioNames, kamailioPackages } from './peers/kamailio.ts';

const rate = 1000;
const seconds = 10;
const warmUpWindow = 32;

export const benchmark: Benchmark = {
  name: 'steady',
  summary: `CPU time and latency at ${rate} messages a second`,
  packages: [...kamailioPackages.postgres, 'strace'],
  run: async (context) => {
    const closed = { transport: 'udp', ...closedLoop(warmUpWindow, rate * seconds * context.scale) } as const;
    const pace = { kind: 'open', rate } as const;
    const messages = Math.round(rate * seconds * context.scale);
    context.say(`${messages} messages at ${rate}/s a round, after ${closed.warmUp.messages}`);
    const plan = { ...closed, load: { messages, pace } };
    const { product, peers, notes } = await compare(context, plan, ['postgres'], closed);
    const peer = peers.get('postgres') ?? [];
    const about = { name: `open loop, UDP, ${rate}/s`, peerName: kamailioNames.postgres };
    return {
      measures: [
        measureOf(
          { ...about, unit: 'CPU s per 10,000', goal: { at: 'most', ratio: 1 / 2 } },
          product.map(({ processorSeconds }) => processorSeconds),
          peer.map(({ processorSeconds }) => processorSeconds),
        ),
        measureOf(
          { ...about, unit: 'p99, ms', goal: { at: 'most', ratio: 0.7 } },
          product.map(({ p99 }) => p99),
          peer.map(({ p99 }) => p99),
        ),
      ],
      notes: [...notes, ...(await traceDeferrals(context.folder, pace))],
    };
  },
};
