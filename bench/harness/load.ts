import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where a generator sends. */
export interface LoadTarget {
  readonly transport: 'udp' | 'tcp';
  readonly port: number;
  readonly domain: string;
  /** TCP connections; over UDP there is one socket. Default 8. */
  readonly connections?: number;
  /** Messages to one recipient, one after another; default 1: a recipient of its own each. */
  readonly messagesPerRecipient?: number;
  /** Of the first message; default 0. */
  readonly firstNumber?: number;
}

/** One run. Messages and recipients are numbered on from the run before. */
export interface Load {
  readonly messages: number;
  readonly pace: Pace;
}

export type Pace =
  /** So many requests are always under way. */
  | { readonly kind: 'closed'; readonly window: number }
  /** So many a second are sent whatever comes back; latency counts from when each was to be sent. */
  | { readonly kind: 'open'; readonly rate: number };

/** What a run came to; one JSON line of the program. */
export interface LoadReport {
  readonly sent: number;
  /** Final answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Transactions that timer F ended (RFC 3261 section 17.1.2.2). */
  readonly timedOut: number;
  readonly retransmissions: number;
  /** Final answers with Retry-After. */
  readonly retryAfter: number;
  /** From the first request to the last final answer. */
  readonly seconds: number;
  /** From the first request to the last one. */
  readonly sendingSeconds: number;
  /** 2xx that came while requests were still being sent. */
  readonly acknowledgedWhileSending: number;
  /** 2xx a second, over `seconds`. */
  readonly rate: number;
  /** Of 2xx, in milliseconds. */
  readonly latency: Latency;
  /** CPU seconds of the generator itself. */
  readonly processorSeconds: number;
}

export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A generator in a process of its own, with its sockets open. */
export interface LoadGenerator {
  run(load: Load): Promise<LoadReport>;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, 'load-generator.ts');

/** Starts bench/harness/load-generator.ts, which reads a load from each line and prints a report as a line. */
export async function startLoadGenerator(target: LoadTarget): Promise<LoadGenerator> {
  const child = spawn(process.execPath, [program, JSON.stringify(target)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the load generator ended');
    return value;
  };
  await next();
  return {
    run: async (load) => {
      child.stdin.write(`${JSON.stringify(load)}\n`);
      const report: LoadReport = JSON.parse(await next());
      return report;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** How many of a run were answered by 2xx. */
export function acknowledged({ answers }: LoadReport): number {
  return Object.entries(answers).reduce(
    (sum, [status, count]) => sum + (status.startsWith('2') ? count : 0),
    0,
  );
}
