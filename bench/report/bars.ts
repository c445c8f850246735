import type { Measure } from '../harness/benchmark.ts';
import { figure } from '../harness/table.ts';
import { bar, picture, pictureWidth, text } from './svg.ts';

const labelWidth = 250;
const valueWidth = 70;
const barHeight = 11;
const barStep = 14;
const groupGap = 10;
const productName = 'restante';

/** Bars of one measure: the product's and those of its peers. */
interface Group {
  readonly label: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** Groups that have a unit and thereby a scale in common. */
interface Panel {
  readonly title: string;
  readonly groups: readonly Group[];
}

/** Product beside peers, in a panel for each unit; `what: task` in a measure's name makes a panel for each task too. */
export function barsOf(title: string, measures: readonly Measure[]): string {
  const panels = panelsOf(measures);
  const peers = [...new Set(measures.map(({ peerName }) => peerName))];
  const { parts, bottom } = legend(peers);
  let y = bottom;
  for (const panel of panels) {
    const drawn = drawPanel(panel, peers, y);
    parts.push(...drawn.parts);
    y = drawn.bottom + 16;
  }
  return picture(y, `${title}: ${panels.map((panel) => panel.title).join('; ')}`, parts);
}

function panelsOf(measures: readonly Measure[]): readonly Panel[] {
  const byTitle = Map.groupBy(measures, ({ name, unit }) => [taskIn(name), unit].filter(Boolean).join(', '));
  return [...byTitle].map(([title, rows]) => ({
    title,
    groups: [...Map.groupBy(rows, ({ name }) => name.split(': ')[0] ?? name)].map(([label, same]) => ({
      label,
      bars: [
        { name: productName, value: same[0]?.product.median ?? 0 },
        ...same.map(({ peerName, peer }) => ({ name: peerName, value: peer.median })),
      ],
    })),
  }));
}

function taskIn(name: string): string {
  return name.split(': ')[1] ?? '';
}

/** Two names to a line would not fit everywhere: one after another, as wide as they are about. */
function legend(peers: readonly string[]): { readonly parts: string[]; readonly bottom: number } {
  const parts: string[] = [];
  let x = 0;
  let y = 10;
  for (const name of [productName, ...peers]) {
    const width = 34 + name.length * 7;
    if (x + width > pictureWidth) {
      x = 0;
      y += 20;
    }
    parts.push(bar(x, y, 11, 11, colourOf(name, peers)), text(x + 16, y + 10, name, 'quiet'));
    x += width;
  }
  return { parts, bottom: y + 34 };
}

function colourOf(name: string, peers: readonly string[]): string {
  return name === productName ? 'product' : `peer${Math.min(3, peers.indexOf(name))}`;
}

function drawPanel(
  { title, groups }: Panel,
  peers: readonly string[],
  top: number,
): { readonly parts: readonly string[]; readonly bottom: number } {
  const greatest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (pictureWidth - labelWidth - valueWidth) / greatest;
  const parts = [text(0, top + 8, title, 'title')];
  let y = top + 22;
  for (const { label, bars } of groups) {
    parts.push(text(labelWidth - 10, y + (bars.length * barStep) / 2 + 3, label, 'quiet right'));
    for (const { name, value } of bars) {
      parts.push(bar(labelWidth, y, value * scale, barHeight, colourOf(name, peers)));
      parts.push(text(labelWidth + value * scale + 6, y + 10, figure(value), 'quiet'));
      y += barStep;
    }
    y += groupGap;
  }
  return { parts, bottom: y };
}
