import type { styleText } from 'node:util';
import { isRecord } from '../record.ts';

type Style = Parameters<typeof styleText>[0];

const levelStyles: Readonly<Record<string, Style>> = {
  debug: 'dim',
  info: 'cyan',
  warn: 'yellow',
  error: 'red',
};

/** One JSON line of the log as a person reads it: `10:02:11 warn  store is full  user=sip:bob@example.com`. */
export function humanLine(jsonLine: string, colour: boolean): string {
  const parsed: unknown = JSON.parse(jsonLine);
  if (!isRecord(parsed)) return jsonLine;
  const { level, time, msg, error, ...facts } = parsed;
  const paint = (style: Style, text: string): string =>
    colour ? process.getBuiltinModule('node:util').styleText(style, text, { validateStream: false }) : text;
  const label = text(level);
  const rest = Object.entries(facts).map(([name, value]) => paint('dim', `${name}=${text(value)}`));
  const words = [
    paint('dim', text(time).slice(11, 19)),
    paint(levelStyles[label] ?? 'dim', label.padEnd(5)),
    [text(msg), ...rest, ...failure(error)].join('  '),
  ];
  return `${words.join(' ')}\n`;
}

function failure(error: unknown): readonly string[] {
  if (!isRecord(error)) return error === undefined ? [] : [text(error)];
  const { stack, message } = error;
  return typeof stack === 'string' ? [`\n  ${stack.replaceAll('\n', '\n  ')}`] : [text(message)];
}

/** Control characters of a foreign text must not reach a terminal. */
function text(value: unknown): string {
  const plain = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  // eslint-disable-next-line no-control-regex -- taking them out is the point
  return plain.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}
