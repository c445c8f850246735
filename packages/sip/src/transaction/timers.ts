/** The base values of RFC 3261 appendix A, in milliseconds. */
export interface TimerSettings {
  /** Estimate of the round trip: 500. */
  readonly t1: number;
  /** The longest interval between retransmissions of a non-INVITE request or an INVITE response: 4000. */
  readonly t2: number;
  /** How long a message stays in the network: 5000. */
  readonly t4: number;
}

export const defaultTimers: TimerSettings = { t1: 500, t2: 4000, t4: 5000 };

/** RFC 3261 appendix A and RFC 6026; `trying` is the 200 ms of section 17.2.1. */
export type TimerName = 'a' | 'b' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm' | 'trying';

/** What a timer's length depends on. `retransmissions`: how often the message went out again already. */
export interface TimerFacts {
  readonly settings: TimerSettings;
  readonly reliable: boolean;
  readonly retransmissions: number;
  readonly proceeding: boolean;
}

/** RFC 3261 section 17.2.1: a 100 leaves unless the answer is there within 200 ms. */
export const tryingDelay = 200;
/** RFC 3261 section 17.1.1.2: timer D is at least 32 seconds. */
const leastTimerD = 32_000;

const doubling = (t1: number, times: number, limit: number): number => Math.min(t1 * 2 ** times, limit);

/** The length of a timer in milliseconds; undefined where it is not set at all. */
const durations: Record<TimerName, (facts: TimerFacts) => number | undefined> = {
  a: ({ settings, reliable, retransmissions }) =>
    reliable ? undefined : doubling(settings.t1, retransmissions, Infinity),
  b: ({ settings }) => 64 * settings.t1,
  d: ({ settings, reliable }) => (reliable ? 0 : Math.max(leastTimerD, 64 * settings.t1)),
  e: ({ settings, reliable, retransmissions, proceeding }) => {
    if (reliable) return undefined;
    return proceeding ? settings.t2 : doubling(settings.t1, retransmissions, settings.t2);
  },
  f: ({ settings }) => 64 * settings.t1,
  g: ({ settings, reliable, retransmissions }) =>
    reliable ? undefined : doubling(settings.t1, retransmissions, settings.t2),
  h: ({ settings }) => 64 * settings.t1,
  i: ({ settings, reliable }) => (reliable ? 0 : settings.t4),
  j: ({ settings, reliable }) => (reliable ? 0 : 64 * settings.t1),
  k: ({ settings, reliable }) => (reliable ? 0 : settings.t4),
  l: ({ settings }) => 64 * settings.t1,
  m: ({ settings }) => 64 * settings.t1,
  trying: () => tryingDelay,
};

/** RFC 3261 appendix A: a timer's length as a function of the transport; undefined where it does not run. */
export function timerDuration(name: TimerName, facts: TimerFacts): number | undefined {
  return durations[name](facts);
}
