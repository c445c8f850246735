import { createRequire } from 'node:module';
import type { SipLog } from '@restante/sip';
import { humanLine } from './log/human-line.ts';

/** Facts first, then a fixed sentence. Never the body of a message, and no info line for each message. */
export type Log = SipLog;

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'human' | 'json';
  /** Takes whole lines. */
  readonly write: (line: string) => void;
  readonly colour?: boolean;
}

/** After this time a start is over. */
const settledMilliseconds = 100;

/** Least important first. */
const levels = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Lines for people, or one JSON object a line (pino's shape with ISO time and level names).
 * The library is loaded for the first line, or soon after: a start that has nothing to say does not wait for it, and a
 * line that says that no file can be opened any more does not need one.
 */
export function openLog(options: LogOptions): Log {
  let opened: Log | undefined;
  setTimeout(() => (opened ??= openPino(options)), settledMilliseconds).unref();
  const least = levels.indexOf(options.level);
  const line = (level: LogOptions['level']): Log['info'] => {
    if (levels.indexOf(level) < least) return () => {};
    return (facts, sentence) => (opened ??= openPino(options))[level](facts, sentence);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

function openPino({ level, format, write, colour = false }: LogOptions): Log {
  const { pino }: typeof import('pino') = createRequire(import.meta.url)('pino');
  const stream = { write: format === 'json' ? write : (line: string) => write(humanLine(line, colour)) };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      // A header field or a URI may hold what nobody should read in a log.
      redact: { paths: ['password', 'authorization', '*.password', '*.authorization'], censor: '(hidden)' },
    },
    stream,
  );
}

/** For programs that embed the server and want to hear nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
