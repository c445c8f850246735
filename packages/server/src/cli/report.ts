import { errorText } from '../system-error.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { withoutControls } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Says why a command ended and gives its exit code. */
export function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommandFailure) {
    // A peer's reason phrase may be part of it.
    if (error.message !== '')
      terminal.note(`${terminal.paint('red', 'error:')} ${withoutControls(error.message)}`);
    if (error.hint !== undefined) terminal.note(`  ${error.hint}`);
    return exitCodes[error.reason].code;
  }
  terminal.note(`${terminal.paint('red', 'error:')} ${errorText(error)}`);
  if (error instanceof Error && error.stack !== undefined) terminal.note(terminal.paint('dim', error.stack));
  return exitCodes.failed.code;
}
