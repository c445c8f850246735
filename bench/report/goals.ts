import type { Measure } from '../harness/benchmark.ts';
import { figure } from '../harness/table.ts';
import { bar, line, picture, pictureWidth, text } from './svg.ts';

const labelWidth = 430;
const valueWidth = 110;
const rowHeight = 20;
const top = 24;
/** As far as the scale reaches to both sides of the goal. */
const most = 10;

/** Measures under a title. */
export interface GoalGroup {
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** How near each measure comes to its goal, on a scale of powers: 1 is the goal, and more is better. */
export function goalsOf(groups: readonly GoalGroup[]): string {
  const rows: string[] = [];
  let y = top;
  for (const { title, measures } of groups) {
    const withGoal = measures.filter(({ goal }) => goal !== undefined);
    if (withGoal.length === 0) continue;
    rows.push(text(0, y + 14, title, 'title'));
    y += rowHeight;
    for (const measure of withGoal) {
      rows.push(...rowOf(measure, y + 4));
      y += rowHeight;
    }
  }
  return picture(y + 12, 'How near each measure comes to its goal', [...scaleTo(y), ...rows]);
}

function scaleTo(bottom: number): readonly string[] {
  return [0.1, 0.3, 1, 3, 10].flatMap((value) => [
    line(
      [
        [xOf(value), top - 4],
        [xOf(value), bottom],
      ],
      value === 1 ? 'axis' : 'grid',
    ),
    text(xOf(value), top - 8, value === 1 ? 'goal' : `×${value}`, 'quiet middle'),
  ]);
}

function rowOf(measure: Measure, y: number): readonly string[] {
  const reached = attainment(measure);
  const [x, middle] = [xOf(reached), xOf(1)];
  return [
    text(labelWidth - 10, y + 10, labelOf(measure), 'quiet right'),
    bar(Math.min(x, middle), y, Math.abs(x - middle), 12, reached >= 1 ? 'good' : 'bad'),
    text(pictureWidth, y + 10, wordsOf(measure), 'quiet right'),
  ];
}

/** 1 where the goal is just reached, more where it is more than reached. */
export function attainment({ goal, ratio }: Measure): number {
  if (goal === undefined) return Number.NaN;
  return goal.at === 'least' ? ratio / goal.ratio : goal.ratio / ratio;
}

function xOf(value: number): number {
  const width = pictureWidth - labelWidth - valueWidth;
  const place = Math.log10(Math.min(most, Math.max(1 / most, value)) * most) / 2;
  return labelWidth + width * place;
}

const longestLabel = 60;

function labelOf({ name, unit, peerName }: Measure): string {
  const label = `${name}, ${unit} / ${peerName.replace('Kamailio ', '')}`;
  return label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label;
}

function wordsOf({ ratio, goal }: Measure): string {
  const sign = goal?.at === 'least' ? '≥' : '≤';
  return `${figure(ratio)}, goal ${sign} ${figure(goal?.ratio ?? Number.NaN)}`;
}
