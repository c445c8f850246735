import { setTimeout as pause } from 'node:timers/promises';
import { check } from './check.ts';
import { acknowledged, startLoadGenerator } from './load.ts';
import type { Load, LoadReport, LoadTarget } from './load.ts';
import { processorSeconds } from './processor-time.ts';
import { domain, startProduct } from './product.ts';
import type { System } from './system.ts';

/** What one system came to under one load, after its warm-up. */
export interface Figures {
  readonly report: LoadReport;
  /** 2xx a second. */
  readonly rate: number;
  /** Of the system with its database, per 10,000 acknowledged messages. */
  readonly processorSeconds: number;
  /** Milliseconds. */
  readonly p99: number;
  /** What was not acknowledged; '' where everything was. */
  readonly remark: string;
  /** The store holds what was acknowledged, no less and no more. */
  readonly isExact: boolean;
}

type Remark = Pick<Figures, 'remark' | 'isExact'>;

export interface LoadPlan extends Omit<LoadTarget, 'port' | 'domain'> {
  readonly warmUp: Load;
  readonly load: Load;
}

/** What is still written after the last answer counts as well. */
const settlingMilliseconds = 300;

/** Starts a system, warms it up, loads it, counts what it has stored, stops it. */
export async function measureSystem(start: () => Promise<System>, plan: LoadPlan): Promise<Figures> {
  const system = await start();
  try {
    return await measureRunning(system, plan);
  } finally {
    await system.stop();
  }
}

/** The same for the product. @throws CheckFailed where its store does not hold what it acknowledged */
export async function measureProduct(folder: string, plan: LoadPlan): Promise<Figures> {
  const figures = await measureSystem(() => startProduct(folder), plan);
  check(figures.isExact, `restante: ${figures.remark}`);
  return figures;
}

async function measureRunning(system: System, { warmUp, load, ...target }: LoadPlan): Promise<Figures> {
  const generator = await startLoadGenerator({ ...target, port: system.port, domain });
  try {
    const first = await generator.run(warmUp);
    await pause(settlingMilliseconds);
    const before = processorSeconds(system.processes);
    const report = await generator.run(load);
    await pause(settlingMilliseconds);
    const used = processorSeconds(system.processes) - before;
    const count = acknowledged(report);
    check(count > 0, `${system.name} acknowledged nothing: ${JSON.stringify(report)}`);
    return {
      report,
      rate: report.rate,
      processorSeconds: (used * 10_000) / count,
      p99: report.latency.p99,
      ...remarkOn([first, report], await system.storedCount()),
    };
  } finally {
    await generator.close();
  }
}

/** What came of a warm-up and a run together, beside what the store holds. */
function remarkOn(reports: readonly LoadReport[], stored: number | undefined): Remark {
  const sum = (of: (report: LoadReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const expected = sum(acknowledged);
  const timedOut = sum((report) => report.timedOut);
  const refused = sum((report) => report.sent) - expected - timedOut;
  // What was never answered may be stored or not.
  const isExact = stored === undefined || (stored >= expected && stored <= expected + timedOut);
  const remarks = [
    refused > 0 ? `${refused} refused` : '',
    timedOut > 0 ? `${timedOut} without an answer` : '',
    isExact ? '' : `STORED ${stored}, ACKNOWLEDGED ${expected}`,
  ];
  return { remark: remarks.filter((remark) => remark !== '').join(', '), isExact };
}

const leastMessages = 1000;
/** Node's compiler has seen to what is used by then, databases have their pages and plans. */
const warmUpMessages = 10_000;

/** So many messages with a constant window, after a warm-up by the same. */
export function closedLoop(window: number, messages: number): Pick<LoadPlan, 'warmUp' | 'load'> {
  const pace = { kind: 'closed', window } as const;
  const count = Math.max(leastMessages, Math.round(messages));
  return { warmUp: { messages: Math.min(warmUpMessages, count), pace }, load: { messages: count, pace } };
}
