import type { SipLog } from '@restante/sip';
import { pino } from 'pino';
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

/** Lines for people, or one JSON object a line (pino's shape with ISO time and level names). */
export function openLog({ level, format, write, colour = false }: LogOptions): Log {
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
