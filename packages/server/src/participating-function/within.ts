import type { Clock } from '@restante/sip';

/** What the work resolves with, or `late` when it has not by then. The work goes on. */
export function within<T>(work: Promise<T>, milliseconds: number, clock: Clock): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => resolve('late'));
    work.finally(() => timer.cancel()).then(resolve, reject);
  });
}
