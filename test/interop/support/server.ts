import { mkdtempSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, run, type RunningProcess } from './process.ts';

const main = join(import.meta.dirname, '../../../packages/server/src/main.ts');
/** `restante` run from its sources. */
export const restante = ['--conditions=restante-source', '--disable-warning=ExperimentalWarning', main];

export const managementUri = 'sip:x7k2p9@example.com';

/** The real server in a process of its own, on free ports of 127.0.0.1. */
export interface ServerUnderTest extends AsyncDisposable {
  readonly port: number;
  readonly data: string;
  /** Runs a `restante` command beside the server and gives what it printed as JSON. */
  json(...parameters: readonly string[]): Promise<unknown>;
  readonly process: RunningProcess;
}

export interface ServerOptions {
  readonly port?: number;
  readonly data?: string;
  readonly trust?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Short times, so that a suite need not wait for half a minute: T1 50 ms, a notification window of 200 ms. */
const hurried = { RESTANTE_TIMERS_T1: '50ms', RESTANTE_NOTIFICATION_WINDOW: '200ms' };

export async function startServer(options: ServerOptions = {}): Promise<ServerUnderTest> {
  const port = options.port ?? (await freePort());
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'restante-interop-'));
  const environment = { ...process.env, NO_COLOR: '1', ...hurried, ...options.environment };
  const server = run(
    process.execPath,
    [
      ...restante,
      'serve',
      ...['--listen', `udp:127.0.0.1:${port}`, '--listen', `tcp:127.0.0.1:${port}`],
      ...['--listen', `udp:[::1]:${port}`],
      ...['--domain', 'example.com', '--data', data, '--management-uri', managementUri],
      ...(options.trust ?? ['127.0.0.1/32', '::1/128']).flatMap((network) => ['--trust', network]),
    ],
    { env: environment },
  );
  await server.until(/ready/i);
  return {
    port,
    data,
    process: server,
    json: async (...parameters) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...restante,
        ...parameters,
        '--data',
        data,
        '--json',
      ]);
      return JSON.parse(stdout);
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}
