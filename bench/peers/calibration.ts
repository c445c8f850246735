import type { Load } from '../harness/load.ts';
import { measureSystem } from '../harness/measuring.ts';
import type { Figures, LoadPlan } from '../harness/measuring.ts';
import { startKamailio } from './kamailio.ts';
import type { KamailioKind } from './kamailio.ts';

const candidates = [2, 4, 8, 16];
/** Enough to see which is fastest. */
const warmUpMessages = 1000;
const messages = 3000;

/** The number of child processes with which Kamailio acknowledges most a second under this load, and what each reached. */
export async function bestChildren(
  folder: string,
  kind: KamailioKind,
  plan: LoadPlan,
): Promise<{ readonly children: number; readonly said: string }> {
  // db_sqlite locks itself out with more than one.
  if (kind === 'sqlite') return { children: 1, said: '1 child' };
  const short = {
    ...plan,
    warmUp: shortened(plan.warmUp, warmUpMessages),
    load: shortened(plan.load, messages),
  };
  const tried: { readonly children: number; readonly figures: Figures }[] = [];
  for (const children of candidates) {
    const figures = await measureSystem(() => startKamailio(folder, kind, children), short);
    tried.push({ children, figures });
  }
  const [best] = tried.toSorted((a, b) => b.figures.rate - a.figures.rate);
  const rates = tried.map(({ children, figures }) => `${children}: ${Math.round(figures.rate)}/s`);
  return { children: best?.children ?? 8, said: `${best?.children} children (${rates.join(', ')})` };
}

function shortened(load: Load, most: number): Load {
  return { ...load, messages: Math.min(load.messages, most) };
}
