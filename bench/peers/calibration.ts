import type { Load } from '../harness/load.ts';
import { measureSystem } from '../harness/measuring.ts';
import type { LoadPlan } from '../harness/measuring.ts';
import { startPeer } from './peers.ts';
import type { PeerKind } from './peers.ts';

const candidates = [2, 4, 8, 16];
/** Enough to see which is fastest. */
const warmUpMessages = 1000;
const messages = 3000;

/** The number of child processes with which Kamailio acknowledges most a second under this load, and what each reached. */
export async function bestChildren(
  folder: string,
  kind: PeerKind,
  plan: LoadPlan,
): Promise<{ readonly children: number; readonly said: string }> {
  if (kind === 'bare')
    return { children: 0, said: 'no checks, no policy, no transactions, one row without an index' };
  // db_sqlite locks itself out with more than one.
  if (kind === 'sqlite') return { children: 1, said: '1 child' };
  const short = {
    ...plan,
    warmUp: shortened(plan.warmUp, warmUpMessages),
    load: shortened(plan.load, messages),
  };
  const tried = new Map<number, number>();
  for (const children of [...candidates, ...candidates]) {
    const { rate } = await measureSystem(() => startPeer(folder, kind, children), short);
    tried.set(children, Math.max(rate, tried.get(children) ?? 0));
  }
  const [[best] = [candidates[0] ?? 1]] = [...tried].toSorted(([, a], [, b]) => b - a);
  const rates = [...tried].map(([children, rate]) => `${children}: ${Math.round(rate)}/s`).join(', ');
  return { children: best, said: `${best} children (better of two tries: ${rates})` };
}

function shortened(load: Load, most: number): Load {
  return { ...load, messages: Math.min(load.messages, most) };
}
