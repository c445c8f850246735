import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { managementUri, restante } from '../interop/support/server.ts';
import { pause } from './seeded-random.ts';
import { tracedCalls } from './unsynced.ts';

const hurried = {
  RESTANTE_TIMERS_T1: '50ms',
  RESTANTE_NOTIFICATION_WINDOW: '50ms',
  RESTANTE_DISPOSITIONS_RETRY: '300ms',
  RESTANTE_DEFERRAL_EXPIRY_WARNING: '700ms',
};

export interface ServerPlace {
  readonly port: number;
  readonly data: string;
  /** Its main.ts, where it is not that of this tree. */
  readonly main?: string | undefined;
  /** Where Node keeps compiled code, so that a start takes a fraction of a second; a server that ends in order writes it. */
  readonly compiled: string;
}

/** Can this machine tell what a server has written and synced? */
export function canTrace(): boolean {
  return spawnSync('strace', ['--seccomp-bpf', '-f', '-e', 'trace=none', 'true']).status === 0;
}

/** One process of the real server. */
export class ServerLife {
  readonly spawnedAt = Date.now();
  /** When it was ready to serve; undefined when it ended before. */
  readonly ready: Promise<number | undefined>;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #record: string | undefined;
  #output = '';

  constructor(place: ServerPlace, { traced }: { readonly traced: boolean }) {
    this.#record = traced ? `${place.data}.record` : undefined;
    const [command = '', ...parameters] = [...tracer(this.#record), process.execPath, ...serveOn(place)];
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(place) });
    this.#child = child;
    // Whatever ends this process leaves no server behind.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    this.exited = once(child, 'exit').then(() => void process.off('exit', end));
    this.ready = new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        if (this.#output.includes('"ready"')) resolve(Date.now());
      });
      child.once('exit', () => resolve(undefined));
    });
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  get output(): string {
    return this.#output.slice(-4000);
  }

  /** The first of what it logged as errors. */
  get errors(): readonly string[] {
    const lines = this.#output.split('\n').filter((line) => line.includes('"level":"error"'));
    return lines.slice(0, 2).map((line) => `the server said ${line.slice(0, 500)}`);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It ended by a signal of ours, or in order because it was told to. */
  get endedAsTold(): boolean {
    return this.#child.signalCode === 'SIGKILL' || this.#child.exitCode === 0;
  }

  signal(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** What it wrote and synced, once it has exited. */
  async record(): Promise<string> {
    const path = this.#record;
    if (path === undefined) throw new Error('this server was not traced');
    const end = new RegExp(`^${this.#child.pid} +\\+\\+\\+ `, 'm');
    for (let tries = 0; tries < 1000; tries += 1) {
      const record = readFileSync(path, 'utf8');
      if (end.test(record)) {
        rmSync(path);
        return record;
      }
      await pause(2);
    }
    throw new Error(`the record in ${path} has no end`);
  }

  /** The process has become the server; before that strace, which has just begun, would hang when it is killed. */
  async begun(): Promise<void> {
    if (this.#record === undefined) return;
    while (this.isRunning && programOf(this.#child.pid) === 'strace') await pause(1);
  }
}

/** Undefined where the process is no more. */
function programOf(pid: number | undefined): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return undefined;
  }
}

/** The traced process is the one that is spawned; strace stands beside it. */
function tracer(record: string | undefined): readonly string[] {
  if (record === undefined) return [];
  const detail = ['-f', '--seccomp-bpf', '-y', '-s', '0', '-e', `trace=${tracedCalls}`, '-e', 'signal=KILL'];
  return ['strace', '-D', ...detail, '-o', record];
}

function serveOn({ port, data, main }: ServerPlace): readonly string[] {
  return [
    ...(main === undefined ? restante : [...restante.slice(0, -1), main]),
    'serve',
    ...['--listen', `udp:127.0.0.1:${port}`, '--listen', `tcp:127.0.0.1:${port}`],
    ...['--domain', 'example.com', '--data', data, '--management-uri', managementUri],
    ...['--trust', '127.0.0.1/32', '--json'],
  ];
}

function environment({ compiled }: ServerPlace): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('RESTANTE_CRASH_'));
  return {
    ...Object.fromEntries(own),
    ...hurried,
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: compiled,
  };
}
