import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A process that writes what it says into a file, so that reading it costs nobody anything during a run. */
export interface Service {
  readonly pid: number;
  /** What it has said, both streams. */
  output(): string;
  /** Resolves when the output has it; rejects when the process ends or 20 s have passed. */
  until(pattern: RegExp): Promise<void>;
  /** SIGTERM, and SIGKILL after 10 s. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServiceOptions {
  /** Where its output goes. */
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly owner?: Owner | undefined;
}

const patienceMilliseconds = 20_000;
const running = new Set<Service>();

/** Stops what a run that failed or was broken off has left behind. */
export async function stopServices(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop()));
}

/** Whom a process belongs to; only root may give it to somebody else. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a program that stays. */
export function startService(
  command: string,
  parameters: readonly string[],
  options: ServiceOptions,
): Service {
  const log = openSync(options.log, 'a');
  const child = spawn(command, parameters, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.environment },
    ...options.owner,
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  const output = (): string => readFileSync(options.log, 'utf8');
  const ended = once(child, 'exit').then(() => running.delete(service));
  const service: Service = {
    pid,
    output,
    until: async (pattern) => {
      const failure = await waitFor(() => pattern.test(output()) || hasEnded(child));
      if (!failure && pattern.test(output())) return;
      throw new Error(`${command} did not say ${pattern}:\n${output().slice(-3000)}`);
    },
    stop: (signal = 'SIGTERM') => stopChild(child, ended, signal),
  };
  running.add(service);
  return service;
}

/** Looks again and again; true where it did not come true in 20 s. */
async function waitFor(isSo: () => boolean): Promise<boolean> {
  const end = performance.now() + patienceMilliseconds;
  while (!isSo()) {
    if (performance.now() > end) return true;
    await pause(10);
  }
  return false;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopChild(
  child: ChildProcess,
  ended: Promise<unknown>,
  signal: NodeJS.Signals,
): Promise<void> {
  if (hasEnded(child)) return;
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}

export interface RunOptions {
  /** What it reads from its standard input. */
  readonly input?: string;
  readonly owner?: Owner | undefined;
}

/** Runs a program to its end and gives what it printed; throws with both streams where it failed. */
export async function runToEnd(
  command: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(command, parameters, { ...options.owner });
  const [printed, complaints] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  await once(child, 'close');
  if (child.exitCode === 0) return printed();
  throw new Error(`${command} ended with ${child.exitCode}: ${complaints()}${printed()}`.slice(0, 3000));
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Below the ports that systems give out by themselves. */
const firstPort = 21_000;
const portCount = 10_000;

/** A port of 127.0.0.1 that is free for UDP and for TCP. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const port = firstPort + Math.floor(Math.random() * portCount);
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
