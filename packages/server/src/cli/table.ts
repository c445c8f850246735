import { displayWidth, fit, pad } from './terminal.ts';
import type { Style, Terminal } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut to this many columns when the terminal is narrow; without it the column keeps its width. */
  readonly shrinkTo?: number;
  readonly style?: Style;
}

const gap = '  ';

/** Lines of a table; only columns that may shrink are cut, the widest first. */
export function tableLines(
  terminal: Pick<Terminal, 'columns' | 'paint' | 'unicode'>,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = fittedWidths(columns, rows, terminal.columns);
  const ellipsis = terminal.unicode ? '…' : '~';
  const line = (cells: readonly string[], style: (column: Column, text: string) => string): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        return style(column, pad(fit(cells[index] ?? '', width, ellipsis), width, column.align));
      })
      .join(gap)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      (_, text) => terminal.paint('dim', text),
    ),
    ...rows.map((row) =>
      line(row, ({ style }, text) => (style === undefined ? text : terminal.paint(style, text))),
    ),
  ];
}

function fittedWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): readonly number[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1) - available;
  while (excess > 0) {
    const victim = widestThatMayShrink(columns, widths);
    if (victim === undefined) break;
    widths[victim] = (widths[victim] ?? 1) - 1;
    excess -= 1;
  }
  return widths;
}

function widestThatMayShrink(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [index, { shrinkTo }] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (shrinkTo === undefined || width <= shrinkTo) continue;
    if (found === undefined || width > (widths[found] ?? 0)) found = index;
  }
  return found;
}
