import type { Clock } from '@restante/sip';

/** Resolves after the time, or at once when the signal is aborted; leaves no timer behind. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    const end = () => {
      timer.cancel();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
