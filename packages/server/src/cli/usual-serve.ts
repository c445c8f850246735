import { exitCodes } from './exit-code.ts';
import { reportFailure } from './report.ts';
import { serve } from './serve.ts';
import { usualServeFlags } from './serve-flags.ts';
import { lateTerminal } from './terminal.ts';

/** `restante serve` with usual flags, without the other commands; undefined where that is not what is asked for. */
export async function runServe([command, ...words]: readonly string[]): Promise<number | undefined> {
  const flags = command === 'serve' ? usualServeFlags(words) : undefined;
  if (flags === undefined) return undefined;
  const terminal = lateTerminal();
  try {
    await serve(flags, terminal);
    return exitCodes.ok.code;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}
