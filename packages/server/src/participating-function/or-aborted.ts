/**
 * As the work ends, or a rejection with the signal's reason once that is aborted: a request that waits for its turn in a
 * lane cannot be called back, but need not be waited for.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    work.finally(() => signal.removeEventListener('abort', end)).then(resolve, reject);
  });
}
