const stopSignals = ['SIGINT', 'SIGTERM'] as const;

type StopSignal = (typeof stopSignals)[number];

/** What a shell expects of a process that a signal ended. */
const exitCodeOf: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Resolves with the first SIGINT or SIGTERM; from then on a second one ends the process at once. */
export function untilToldToStop(): Promise<StopSignal> {
  return new Promise((resolve) => {
    const stop = (signal: StopSignal): void => {
      for (const each of stopSignals) {
        process.off(each, stop);
        process.once(each, () => process.exit(exitCodeOf[each]));
      }
      resolve(signal);
    };
    for (const each of stopSignals) process.on(each, stop);
  });
}
