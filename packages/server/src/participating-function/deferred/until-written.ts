import type { Clock, SipLog } from '@restante/sip';
import { pause } from '../pause.ts';
import { StoreUnavailable } from '../ports.ts';

const storePauseMilliseconds = 2_000;

export interface WritingParts {
  readonly clock: Clock;
  readonly log: SipLog;
  readonly signal: AbortSignal;
}

/** What has happened has to be written down, however long the store takes to recover. Rejects once the signal is aborted. */
export async function untilWritten<T>(
  write: () => Promise<T>,
  { clock, log, signal }: WritingParts,
): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || signal.aborted) throw error;
      log.error({ error }, 'store unavailable, trying again');
      await pause(clock, storePauseMilliseconds, signal);
    }
  }
}
