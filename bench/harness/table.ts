import type { Measure, Sample } from './benchmark.ts';

/** Whether the goal of a row is reached; undefined where it has none. */
export function isReached({ goal, ratio }: Measure): boolean | undefined {
  if (goal === undefined) return undefined;
  return goal.at === 'least' ? ratio >= goal.ratio : ratio <= goal.ratio;
}

const titles = ['measure', 'unit', 'product', 'peer', '', 'ratio', 'goal', ''];
/** Columns whose figures stand at the right. */
const right = new Set([2, 3, 5, 6]);

/** The rows of a benchmark for people: median, and the least and the greatest round in brackets. */
export function tableLines(measures: readonly Measure[]): readonly string[] {
  const rows = [titles, ...measures.map(cellsOf)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head = '', ...body] = rows.map((row) =>
    row
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [head, '-'.repeat(Math.max(...[head, ...body].map(({ length }) => length))), ...body];
}

function cellsOf(measure: Measure): readonly string[] {
  const { name, unit, product, peer, peerName, ratio, goal } = measure;
  const reached = isReached(measure);
  return [
    name,
    unit,
    spread(product),
    spread(peer),
    peerName,
    figure(ratio),
    goal === undefined ? '' : `${goal.at === 'least' ? '≥' : '≤'} ${figure(goal.ratio)}`,
    reached === undefined ? '' : reached ? 'reached' : 'NOT reached',
  ];
}

function spread({ median, rounds }: Sample): string {
  const least = figure(Math.min(...rounds));
  const greatest = figure(Math.max(...rounds));
  return rounds.length < 2 ? figure(median) : `${figure(median)} (${least}–${greatest})`;
}

/** Three significant digits; thousands are set apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
