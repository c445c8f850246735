import type { Effect, Table } from './effect.ts';
import type { TimerName } from './timers.ts';

/** One effect, made ready to be performed: the timers are told apart once, not at every event. */
type Step =
  | { readonly effect: Effect; readonly timer: undefined }
  | { readonly effect: undefined; readonly timer: TimerName };

interface Arrow {
  readonly state: string;
  readonly steps: readonly Step[];
}

/** A table made ready to run. */
export interface Machine {
  readonly first: string;
  readonly arrows: Readonly<Record<string, Readonly<Record<string, Arrow>>>>;
}

const timerNames: readonly TimerName[] = [
  'a',
  'b',
  'd',
  'e',
  'f',
  'g',
  'h',
  'i',
  'j',
  'k',
  'l',
  'm',
  'trying',
];

function stepOf(effect: Effect): Step {
  const timer = timerNames.find((name) => effect === `start-timer-${name}`);
  return timer === undefined ? { effect, timer } : { effect: undefined, timer };
}

export function machine(first: string, table: Table<string, string>): Machine {
  const arrows: Record<string, Record<string, Arrow>> = {};
  for (const [from, events] of Object.entries(table)) {
    const prepared: Record<string, Arrow> = {};
    for (const [event, row] of Object.entries(events)) {
      if (row === undefined) continue;
      const [state, ...effects] = row;
      prepared[event] = { state, steps: effects.map(stepOf) };
    }
    arrows[from] = prepared;
  }
  return { first, arrows };
}
