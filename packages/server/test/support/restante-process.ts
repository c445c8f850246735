import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { jsonLines } from './command-line.ts';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'restante.js');

export interface ProcessResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one command as a shell does, and waits for its end. */
export async function spawnRestante(
  args: readonly string[],
  environment: Environment = {},
): Promise<ProcessResult> {
  const child = start(args, environment);
  child.stdin.end();
  const closed = Promise.withResolvers<number | null>();
  child.once('close', (code) => closed.resolve(code));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed.promise]);
  return { code, out, err };
}

type Environment = Readonly<Record<string, string>>;

/** `restante serve --json` in a process of its own, on ports of the system's choice, until its block ends. */
export class ServerProcess implements AsyncDisposable {
  /** Its log so far; the line `ready` is among them. */
  readonly log: readonly Record<string, unknown>[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, log: readonly Record<string, unknown>[]) {
    this.#child = child;
    this.log = log;
  }

  static async start(data: string, environment: Environment = {}): Promise<ServerProcess> {
    const child = start(['serve', ...serveFlags, '--data', data, '--json'], environment);
    child.stdin.end();
    const lines: Record<string, unknown>[] = [];
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(...jsonLines(line));
      if (lines.at(-1)?.['msg'] === 'ready') ready.resolve();
    });
    child.once('exit', (code) =>
      ready.reject(new Error(`the server ended with ${code} before it was ready`)),
    );
    await ready.promise;
    return new ServerProcess(child, lines);
  }

  /** For --server. */
  get uri(): string {
    const listening = this.log.find(({ msg }) => msg === 'ready')?.['listening'];
    const tcp = Array.isArray(listening)
      ? listening.find((address) => String(address).startsWith('tcp'))
      : undefined;
    return `sip:${String(tcp).replace('tcp:', '')};transport=tcp`;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

const serveFlags = (
  '--listen udp:127.0.0.1:0 --listen tcp:127.0.0.1:0 --trust 127.0.0.1/32 ' +
  '--domain example.com --management-uri sip:x7k2p9@example.com'
).split(' ');

/** `restante serve` for people with its log on a full disk: its exit code after SIGTERM, once it says that it is ready. */
export async function serveWithFullLog(data: string): Promise<number | null> {
  const log = openSync('/dev/full', 'w');
  const args = [...serveFlags, '--listen', 'udp:0.0.0.0:0', '--data', data];
  const child = spawn(process.execPath, [launcher, 'serve', ...args], { stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const ended = once(child, 'close');
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  await ended;
  return child.exitCode;
}

function start(args: readonly string[], environment: Environment): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !/^RESTANTE_|COLOR$/.test(name));
  const env = { ...Object.fromEntries(inherited), COLUMNS: '100', ...environment };
  return spawn(process.execPath, [launcher, ...args], { env });
}
