import { setTimeout as pause } from 'node:timers/promises';
import { Ladder } from '../ladder.ts';
import type { Terminal } from '../terminal.ts';
import type { Crossing } from './recorder.ts';

/** Time to read, for a person who watches; the measured times are those of the sockets, not of the drawing. */
const stepMilliseconds = 700;
const lineMilliseconds = 35;

/** Where the demo is shown: step after step, message after message. */
export interface Stage {
  open(): Promise<void>;
  step(text: string): Promise<void>;
  crossed(crossing: Crossing): void;
  remark(side: 'left' | 'right', text: string): void;
  /** Resolves when everything so far has been shown. */
  shown(): Promise<void>;
}

/** A drawing that grows in a terminal, at a pace that can be followed; at once where nobody watches. */
export function ladderStage(terminal: Terminal): Stage {
  const names = { left: 'alice', middle: 'restante', right: 'bob' };
  const ladder = new Ladder({ names, terminal });
  let tail: Promise<unknown> = Promise.resolve();
  const show = (line: string, milliseconds: number): Promise<void> => {
    const next = tail.then(async () => {
      terminal.out(line);
      if (terminal.interactive) await pause(milliseconds);
    });
    tail = next;
    return next;
  };
  return {
    open: () => show(ladder.heading(), lineMilliseconds),
    step: (text) => show(ladder.step(text), stepMilliseconds),
    crossed: (crossing) => void show(ladder.arrow(crossing), lineMilliseconds),
    remark: (side, text) => void show(ladder.remark(side, text, 'italic'), lineMilliseconds),
    shown: async () => void (await tail),
  };
}

/** One JSON object a line, for programs. */
export function jsonStage(terminal: Terminal): Stage {
  const line = (event: string, facts: object): void => terminal.out(JSON.stringify({ event, ...facts }));
  return {
    open: async () => {},
    step: async (text) => line('step', { text }),
    crossed: ({ at, from, to, label, note, bytes }) =>
      line('message', {
        at: Math.round(at * 1000) / 1000,
        from: nameOf(from),
        to: nameOf(to),
        label,
        note,
        bytes,
      }),
    remark: (side, text) => line('remark', { at: nameOf(side), text }),
    shown: async () => {},
  };
}

function nameOf(party: Crossing['from']): string {
  return { left: 'alice', middle: 'restante', right: 'bob' }[party];
}
