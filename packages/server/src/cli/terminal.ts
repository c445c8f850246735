import type { styleText } from 'node:util';
import { standardError, standardOutput } from './output.ts';

export type Style = Parameters<typeof styleText>[0];

/** Where a command writes and what that place can show. */
export interface Terminal {
  /** What was asked for: standard output. */
  out(text: string): void;
  /** What is said about it: standard error. */
  note(text: string): void;
  readonly input: InputStream;
  readonly columns: number;
  /** A person sits in front of standard output. */
  readonly interactive: boolean;
  paint(style: Style, text: string): string;
  /** Box drawing and arrows, or plain ASCII. */
  readonly unicode: boolean;
}

/** What is needed of standard input. */
interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

/** What is needed of standard output. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const widestUseful = 120;
const usualWidth = 80;

export function processTerminal(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  stream: OutputStream = standardOutput(),
): Terminal {
  const interactive = stream.isTTY === true;
  const forced = environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0';
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  const colour = forced || (interactive && !plain);
  const utf8 = /utf-?8/i.test(
    environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || 'C.UTF-8',
  );
  return {
    out: (text) => void stream.write(`${text}\n`),
    note: (text) => void standardError().write(`${text}\n`),
    get input() {
      return process.stdin;
    },
    get columns() {
      const told = Number(environment['COLUMNS']) || undefined;
      return Math.min((interactive ? stream.columns : undefined) ?? told ?? usualWidth, widestUseful);
    },
    interactive,
    paint: (style, text) => (colour && text !== '' ? styled(style, text) : text),
    unicode: colour && utf8,
  };
}

/** Loaded by the first use: most servers write no colours. */
function styled(style: Style, text: string): string {
  return process.getBuiltinModule('node:util').styleText(style, text, { validateStream: false });
}

/** The terminal of this process, looked at when something is first written to it. */
export function lateTerminal(): Terminal {
  let looked: Terminal | undefined;
  const terminal = (): Terminal => (looked ??= processTerminal());
  return {
    out: (text) => terminal().out(text),
    note: (text) => terminal().note(text),
    get input() {
      return terminal().input;
    },
    get columns() {
      return terminal().columns;
    },
    get interactive() {
      return terminal().interactive;
    },
    paint: (style, text) => terminal().paint(style, text),
    get unicode() {
      return terminal().unicode;
    },
  };
}

let segmenter: Intl.Segmenter | undefined;
const zeroWidth = /^(?:\p{Mark}|\p{Cf})+$/u;
const wide =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

/** Made for the first text that is not plain ASCII. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Columns that a text without control sequences takes in a terminal. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) {
    if (!zeroWidth.test(segment)) width += wide.test(segment) ? 2 : 1;
  }
  return width;
}

/** At most `width` columns; what was cut shows as an ellipsis. */
export function fit(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  let taken = '';
  let used = 0;
  for (const { segment } of graphemes(text)) {
    const more = displayWidth(segment);
    if (used + more > room) break;
    taken += segment;
    used += more;
  }
  return room < 0 ? '' : `${taken}${ellipsis}`;
}

/** Exactly `width` columns, the text on its side. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + spaces : spaces + text;
}

/** A text with foreign words in it, its lines kept: nothing in it can move the cursor or change colours. */
export function withoutControls(text: string): string {
  return text
    .split('\n')
    .map((line) => ' '.repeat(line.length - line.trimStart().length) + oneLine(line))
    .join('\n');
}

/** A text on lines of at most `width` columns, broken at blanks; a longer word keeps a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A foreign text on one line: control characters, which could move the cursor or change colours, become spaces. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- taking them out is the point
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}
