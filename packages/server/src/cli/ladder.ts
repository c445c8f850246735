import { displayWidth, fit, pad } from './terminal.ts';
import type { Style, Terminal } from './terminal.ts';

/** The three who talk, from left to right. */
export type Party = 'left' | 'middle' | 'right';

/** A SIP message from one to its neighbour. */
export interface Arrow {
  readonly from: Party;
  readonly to: Party;
  readonly label: string;
  readonly style: Style;
  /** Said beside it, in the half of the line that the arrow leaves free. */
  readonly note?: string;
  /** Milliseconds since the drawing began. */
  readonly at: number;
}

export interface LadderStyle {
  readonly names: Readonly<Record<Party, string>>;
  readonly terminal: Pick<Terminal, 'columns' | 'paint' | 'unicode'>;
}

interface Glyphs {
  readonly pillar: string;
  readonly shaft: string;
  readonly rightHead: string;
  readonly leftHead: string;
  readonly ellipsis: string;
}

const drawn: Glyphs = { pillar: '│', shaft: '─', rightHead: '▶', leftHead: '◀', ellipsis: '…' };
const plain: Glyphs = { pillar: '|', shaft: '-', rightHead: '>', leftHead: '<', ellipsis: '~' };

const timeWidth = 9;
const margin = 3;

/** Draws a ladder line by line, so that it can grow while the messages flow. */
export class Ladder {
  readonly #names: Readonly<Record<Party, string>>;
  readonly #terminal: LadderStyle['terminal'];
  readonly #glyphs: Glyphs;
  /** Columns between two pillars. */
  readonly #gap: number;

  constructor({ names, terminal }: LadderStyle) {
    this.#names = names;
    this.#terminal = terminal;
    this.#glyphs = terminal.unicode ? drawn : plain;
    this.#gap = Math.max(24, Math.floor((terminal.columns - timeWidth - 2 * margin - 3) / 2));
  }

  /** The names above their pillars. */
  heading(): string {
    const { left, middle, right } = this.#names;
    const start = timeWidth + margin;
    let line = pad('seconds', timeWidth - 2, 'right');
    for (const [name, at] of [
      [left, start],
      [middle, start + this.#gap + 1],
      [right, start + 2 * this.#gap + 2],
    ] as const) {
      line = pad(line, at - Math.floor(displayWidth(name) / 2)) + name;
    }
    return this.#terminal.paint('bold', line);
  }

  arrow({ from, to, label, style, note = '', at }: Arrow): string {
    const onLeft = from === 'left' || to === 'left';
    const forward = from === 'left' || to === 'right';
    const shaft = this.#terminal.paint(style, this.#shaft(label, forward));
    const beside = this.#terminal.paint('dim', this.#note(note, onLeft ? 'left' : 'right'));
    return this.#row(
      pad((at / 1000).toFixed(3), timeWidth - 2, 'right'),
      onLeft ? [shaft, beside] : [beside, shaft],
    );
  }

  /** A line of text beside one of the outer pillars: what its user sees. */
  remark(side: 'left' | 'right', text: string, style: Style = 'dim'): string {
    const said = this.#terminal.paint(style, this.#note(text, 'left'));
    const empty = ' '.repeat(this.#gap);
    return this.#row('', side === 'left' ? [said, empty] : [empty, said]);
  }

  /** What happens next, across the pillars. */
  step(text: string): string {
    const width = 2 * this.#gap + 3;
    const lead = this.#glyphs.shaft.repeat(2);
    const room = fit(text, width - 6, this.#glyphs.ellipsis);
    const tail = this.#glyphs.shaft.repeat(Math.max(0, width - displayWidth(room) - 4));
    const line = `${lead} ${this.#terminal.paint('bold', room)} ${this.#terminal.paint('dim', tail)}`;
    return ' '.repeat(timeWidth + margin) + line;
  }

  #row(time: string, [first, second]: readonly [string, string]): string {
    const pillar = this.#terminal.paint('dim', this.#glyphs.pillar);
    const lead = this.#terminal.paint('dim', pad(time, timeWidth)) + ' '.repeat(margin);
    return `${lead}${pillar}${first}${pillar}${second}${pillar}`;
  }

  #shaft(label: string, forward: boolean): string {
    const { shaft, leftHead, rightHead, ellipsis } = this.#glyphs;
    const text = fit(label, this.#gap - 5, ellipsis);
    const fill = shaft.repeat(Math.max(0, this.#gap - displayWidth(text) - 4));
    return forward ? `${shaft} ${text} ${fill}${rightHead}` : `${leftHead} ${text} ${fill}${shaft}`;
  }

  /** A note keeps to the middle pillar. */
  #note(text: string, arrowSide: 'left' | 'right'): string {
    const cut = fit(text, this.#gap - 2, this.#glyphs.ellipsis);
    return arrowSide === 'left' ? pad(`  ${cut}`, this.#gap) : pad(`${cut}  `, this.#gap, 'right');
  }
}
