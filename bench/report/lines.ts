import type { Measure } from '../harness/benchmark.ts';
import { figure } from '../harness/table.ts';
import { dot, line, picture, text } from './svg.ts';

const left = 46;
const right = 420;
const top = 40;
const bottom = 260;
const colours = 5;

/** One operation: what it costs with so many others waiting, as a multiple of the least number. */
interface Curve {
  readonly name: string;
  readonly points: readonly { readonly waiting: number; readonly ratio: number }[];
}

/** The rows of a benchmark whose measures are named `what, 100,000 waiting` and whose peer is the least number. */
export function linesOf(measures: readonly Measure[], goal: number): string {
  const curves = curvesOf(measures);
  const counts = [...new Set(curves.flatMap(({ points }) => points.map(({ waiting }) => waiting)))];
  const [least, greatest] = [Math.min(...counts), Math.max(...counts)];
  const highest = Math.max(1.5, ...curves.flatMap(({ points }) => points.map(({ ratio }) => ratio))) * 1.05;
  const xOf = (waiting: number): number =>
    left + ((right - left) * Math.log(waiting / least)) / Math.log(greatest / least);
  const yOf = (ratio: number): number => bottom - ((bottom - top) * ratio) / highest;
  const across = (ratio: number, classes: string, label: string): readonly string[] => [
    line(
      [
        [left, yOf(ratio)],
        [right, yOf(ratio)],
      ],
      classes,
    ),
    text(left - 8, yOf(ratio) + 4, label, 'quiet right'),
  ];
  const parts = [
    text(0, 18, `Cost beside that with ${figure(least)} waiting`, 'title'),
    ...across(0, 'axis', '0'),
    ...across(1, 'grid', '1'),
    ...across(goal, 'axis', `≤ ${figure(goal)}`),
    ...counts.map((count) => text(xOf(count), bottom + 20, figure(count), 'quiet middle')),
    ...curves.flatMap(({ name, points }, index) => {
      const classes = `series${index % colours}`;
      const places = points.map(({ waiting, ratio }): [number, number] => [xOf(waiting), yOf(ratio)]);
      const y = top + 14 + index * 20;
      return [
        line(places, `${classes} line`),
        ...places.map(([x, height]) => dot(x, height, classes)),
        dot(right + 34, y - 4, classes),
        text(right + 46, y, `${name}: ${figure(points.at(-1)?.ratio ?? 1)}`, 'quiet'),
      ];
    }),
  ];
  return picture(bottom + 34, 'Cost of an operation by the number of messages waiting', parts);
}

function curvesOf(measures: readonly Measure[]): readonly Curve[] {
  const named = measures.flatMap((measure) => {
    const [, what = '', waiting = ''] = /^(.*), ([\d,]+) waiting$/.exec(measure.name) ?? [];
    return what === '' ? [] : [{ what: `${what}, ${measure.unit}`, waiting: numberIn(waiting), measure }];
  });
  return [...Map.groupBy(named, ({ what }) => what)].map(([name, rows]) => ({
    name,
    points: [
      { waiting: numberIn(rows[0]?.measure.peerName ?? ''), ratio: 1 },
      ...rows.map(({ waiting, measure }) => ({ waiting, ratio: measure.ratio })),
    ],
  }));
}

function numberIn(text: string): number {
  return Number(text.replace(/\D/g, ''));
}
