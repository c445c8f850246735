import type { Admission, Random, SipLog, Transport } from '@restante/sip';
import type { Configuration } from '../config.ts';
import { AdmissionControl } from './admission-control.ts';
import { loadSenses } from './load-senses.ts';
import type { CommitWait } from './load-senses.ts';

export interface OverloadParts {
  readonly commits: CommitWait;
  readonly transports: readonly Transport[];
  readonly random: Random;
  readonly log: SipLog;
}

/** The admission control of the configuration; undefined where it is switched off. */
export function admissionOf(
  { overload, timers }: Pick<Configuration, 'overload' | 'timers'>,
  { commits, transports, random, log }: OverloadParts,
): Admission | undefined {
  if (overload.waiting === 0) return undefined;
  const target = overload.waiting * 1000;
  return new AdmissionControl({
    senses: loadSenses({ commits, transports, target }),
    target,
    repeatedMilliseconds: timers.t1 * 64_000,
    retryAfterSeconds: Math.ceil(overload.retryAfter),
    seed: new DataView(random.bytes(4).buffer).getInt32(0),
    log,
  });
}
