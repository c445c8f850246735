import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A foreign process whose output is kept and can be waited for. */
export interface RunningProcess extends AsyncDisposable {
  /** Everything it has printed, both streams. */
  readonly output: () => string;
  /** Resolves with the match when the output has it; rejects when the process ends or the time is over. */
  readonly until: (pattern: RegExp, milliseconds?: number) => Promise<RegExpExecArray>;
  type(line: string): void;
  exited: Promise<number | null>;
  kill(signal?: NodeJS.Signals): void;
  readonly pid: number | undefined;
}

export function run(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): RunningProcess {
  const child = spawn(command, parameters, { stdio: 'pipe', ...options });
  const listeners = new Set<() => void>();
  let text = '';
  const collect = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit').then(() => child.exitCode);
  child.on('error', (error) => collect(Buffer.from(`${error.message}\n`)));
  return {
    output: () => text,
    until: (pattern, milliseconds = 20_000) =>
      untilMatch({ pattern, milliseconds, child, listeners, read: () => text }),
    type: (line) => child.stdin.write(`${line}\n`),
    exited,
    kill: (signal = 'SIGTERM') => child.kill(signal),
    get pid() {
      return child.pid;
    },
    [Symbol.asyncDispose]: () => stop(child, exited),
  };
}

interface Waiting {
  readonly pattern: RegExp;
  readonly milliseconds: number;
  readonly child: ChildProcess;
  readonly listeners: Set<() => void>;
  readonly read: () => string;
}

function untilMatch({ pattern, milliseconds, child, listeners, read }: Waiting): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(limit);
      listeners.delete(look);
      child.off('exit', gone);
      act();
    };
    const look = (): void => {
      const match = pattern.exec(read());
      if (match) end(() => resolve(match));
    };
    const fail = (why: string) => (): void =>
      end(() => reject(new Error(`${why} before ${pattern} came:\n${read().slice(-3000)}`)));
    const gone = fail('the process ended');
    const limit = setTimeout(fail(`${milliseconds} ms passed`), milliseconds);
    listeners.add(look);
    child.once('exit', gone);
    look();
  });
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(killer);
}

/** Below the ports that systems give out by themselves, so that nobody is handed one between the look and the use. */
const firstPort = 20_000;
const portsOfWorker = 1_000;
let portsGiven = Math.floor(Math.random() * portsOfWorker);

/** A port of 127.0.0.1 that is free for UDP and for TCP; each worker of the test runner has its own thousand. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 10;
  for (let tries = 0; tries < portsOfWorker; tries += 1) {
    portsGiven += 1;
    const port = firstPort + worker * portsOfWorker + (portsGiven % portsOfWorker);
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) return port;
  }
  throw new Error('no free port');
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
