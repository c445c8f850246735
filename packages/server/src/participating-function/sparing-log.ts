import type { Clock, Instant, SipLog } from '@restante/sip';
import { StoreUnavailable } from './ports.ts';

/** While the store fails, each sentence comes this often. */
const quietMilliseconds = 10_000;

interface Complaint {
  at: Instant;
  leftOut: number;
}

/**
 * The same log, in which a failing store is one line for each sentence and pause, with the number of those left out: under
 * load every request fails, and the log often stands on the disk that is full (D-22).
 */
export function sparingLog(log: SipLog, clock: Clock): SipLog {
  const complaints = new Map<string, Complaint>();
  const sparing =
    (level: 'warn' | 'error') =>
    (facts: object, sentence: string): void => {
      if (!('error' in facts && facts.error instanceof StoreUnavailable)) return log[level](facts, sentence);
      const now = clock.now();
      const last = complaints.get(sentence);
      if (last !== undefined && now - last.at < quietMilliseconds) {
        last.leftOut += 1;
        return;
      }
      complaints.set(sentence, { at: now, leftOut: 0 });
      const leftOut = last?.leftOut ?? 0;
      log[level](leftOut === 0 ? facts : { ...facts, leftOut }, sentence);
    };
  return {
    debug: (facts, sentence) => log.debug(facts, sentence),
    info: (facts, sentence) => log.info(facts, sentence),
    warn: sparing('warn'),
    error: sparing('error'),
  };
}
