import type { Recorder } from './recorder.ts';
import { isFinalFor, isRequest } from './recorder.ts';

/** What the demo measured; times in milliseconds. */
export interface Figures {
  /** From the sender's MESSAGE to the 202, median. */
  readonly deferralMs: number;
  /** How many 202 left after the commit of their message, and how many there were. */
  readonly committedFirst: number;
  readonly deferred: number;
  /** From the commit to the 202, median. */
  readonly commitTo202Ms: number;
  /** From the answer to bob's REGISTER to the first notification; the window of D-14 is in it. */
  readonly notificationMs: number;
  /** From the first pull to the answer to its last delivery. */
  readonly pullMs: number;
  readonly pulled: number;
  readonly sipMessages: number;
  readonly octets: number;
}

/** Reads the figures from what was recorded; `commits` are the moments at which the store had each message on disk. */
export function figuresOf(recorder: Recorder, commits: readonly number[]): Figures {
  const { crossings } = recorder;
  const asked = crossings.filter((each) => each.from === 'left' && isRequest(each, 'MESSAGE'));
  const accepted = crossings.filter(({ message }) => message.kind === 'response' && message.status === 202);
  const registered = recorder.first((each) => each.to === 'right' && isFinalFor(each, 'REGISTER'))?.at ?? 0;
  const notified = recorder.first((each) => each.to === 'right' && isRequest(each, 'MESSAGE'))?.at ?? 0;
  const pulls = crossings.filter((each) => isRequest(each, 'INVITE'));
  const [firstPull, nextPull] = pulls.map(({ at }) => at);
  const taken = crossings.filter(
    (each) =>
      each.from === 'right' &&
      isFinalFor(each, 'MESSAGE') &&
      each.at >= (firstPull ?? 0) &&
      each.at < (nextPull ?? Number.POSITIVE_INFINITY),
  );
  return {
    deferralMs: median(accepted.map(({ at }, index) => at - (asked[index]?.at ?? at))),
    committedFirst: accepted.filter(({ at }, index) => (commits[index] ?? Number.POSITIVE_INFINITY) <= at)
      .length,
    deferred: accepted.length,
    commitTo202Ms: median(accepted.map(({ at }, index) => at - (commits[index] ?? at))),
    notificationMs: notified - registered,
    pullMs: (taken.at(-1)?.at ?? 0) - (firstPull ?? 0),
    pulled: taken.length,
    sipMessages: crossings.length,
    octets: crossings.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
