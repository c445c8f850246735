import { measureSystem } from '../harness/measuring.ts';
import type { Figures, LoadPlan } from '../harness/measuring.ts';
import { startKamailio } from './kamailio.ts';
import type { KamailioKind } from './kamailio.ts';

const candidates = [2, 4, 8, 16];
/** Of the messages of a round: a short look. */
const share = 0.15;
const least = 1000;

/** The number of child processes with which Kamailio acknowledges most a second under this load, and what each reached. */
export async function bestChildren(
  folder: string,
  kind: KamailioKind,
  plan: LoadPlan,
): Promise<{ readonly children: number; readonly said: string }> {
  // db_sqlite locks itself out with more than one.
  if (kind === 'sqlite') return { children: 1, said: '1 child' };
  const short = { ...plan, load: { ...plan.load, messages: Math.max(least, plan.load.messages * share) } };
  const tried: { readonly children: number; readonly figures: Figures }[] = [];
  for (const children of candidates) {
    const figures = await measureSystem(() => startKamailio(folder, kind, children), short);
    tried.push({ children, figures });
  }
  const [best] = tried.toSorted((a, b) => b.figures.rate - a.figures.rate);
  const rates = tried.map(({ children, figures }) => `${children}: ${Math.round(figures.rate)}/s`);
  return { children: best?.children ?? 8, said: `${best?.children} children (${rates.join(', ')})` };
}
