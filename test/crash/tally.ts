/** What a run did and found, in numbers. */
export interface Tally {
  kills: number;
  starting: number;
  serving: number;
  flooded: number;
  closing: number;
  powerLosses: number;
  /** Power losses that found something unsynced. */
  lossesThatTook: number;
  /** Power losses in the middle of a checkpoint or after one. */
  lossesInCheckpoint: number;
  pieces: number;
  octetsCut: number;
  sent: number;
  deferred: number;
  direct: number;
  delivered: number;
  reportedFailed: number;
  ownReports: number;
  waiting: number;
  pulls: number;
  notifications: number;
  /** Milliseconds from the 2xx to the kill that has undone it, for each repetition. */
  readonly undone: number[];
  /** Milliseconds from spawn to ready, of servers started after a kill. */
  readonly recoveries: number[];
  readonly faults: string[];
}

export function emptyTally(): Tally {
  return {
    kills: 0,
    starting: 0,
    serving: 0,
    flooded: 0,
    closing: 0,
    powerLosses: 0,
    lossesThatTook: 0,
    lossesInCheckpoint: 0,
    pieces: 0,
    octetsCut: 0,
    sent: 0,
    deferred: 0,
    direct: 0,
    delivered: 0,
    reportedFailed: 0,
    ownReports: 0,
    waiting: 0,
    pulls: 0,
    notifications: 0,
    undone: [],
    recoveries: [],
    faults: [],
  };
}

/** Numbers are added, lists joined. */
export function addTally(total: Tally, part: Tally): void {
  for (const [name, value] of Object.entries(part)) {
    const before: unknown = Reflect.get(total, name);
    if (Array.isArray(before)) before.push(...value);
    else Reflect.set(total, name, Number(before) + Number(value));
  }
}

export function quantile(values: readonly number[], part: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** The table at the end. */
export function summary(tally: Tally): string {
  const { undone, recoveries } = tally;
  const rows: (readonly [string, string | number])[] = [
    ['kills', tally.kills],
    ['… while starting', tally.starting],
    ['… while serving', tally.serving],
    ['… in a flood', tally.flooded],
    ['… while closing', tally.closing],
    ['… with loss of power', tally.powerLosses],
    [
      '    that took something',
      `${tally.lossesThatTook} (${tally.pieces} pages, ${tally.octetsCut} octets cut)`,
    ],
    ['    around a checkpoint', tally.lossesInCheckpoint],
    ['messages sent', tally.sent],
    ['… deferred (202)', tally.deferred],
    ['… delivered at once (200)', tally.direct],
    ['… taken by a device', tally.delivered],
    ['… reported as failed', tally.reportedFailed],
    ['… waiting in the end', tally.waiting],
    ['pulls accepted', tally.pulls],
    ['notifications', tally.notifications],
    ['reports of devices', tally.ownReports],
    ['repeated, undone by a kill', undone.length],
    ['    2xx to kill, median', `${median(undone) ?? '-'} ms`],
    ['    2xx to kill, longest', `${quantile(undone, 1) ?? '-'} ms`],
    ['recovery, median', `${median(recoveries) ?? '-'} ms`],
    ['recovery, p99', `${quantile(recoveries, 0.99) ?? '-'} ms`],
    ['recovery, longest', `${quantile(recoveries, 1) ?? '-'} ms`],
    ['faults', tally.faults.length],
  ];
  return rows.map(([name, value]) => `${name.padEnd(28)} ${value}`).join('\n');
}
