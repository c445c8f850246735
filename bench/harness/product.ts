import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, runToEnd, startService } from './process.ts';
import type { Service } from './process.ts';
import type { System } from './system.ts';

const main = join(import.meta.dirname, '../../packages/server/src/main.ts');

/** `restante` from its sources: Node strips the types as it loads, what runs then is the built JavaScript. */
export const restante: readonly string[] = [
  '--conditions=restante-source',
  '--disable-warning=ExperimentalWarning',
  main,
];

/** For the notes of a result. */
export const howItRuns = 'restante: from its sources, default settings, its log in a file';

export const domain = 'example.com';
export const managementUri = `sip:x7k2p9@${domain}`;

export interface ProductOptions {
  /** Its data folder; a new one below `folder` where it is left out. */
  readonly data?: string;
  readonly port?: number;
  /** Before the script: `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** `--set` values. */
  readonly set?: Readonly<Record<string, string>>;
}

/** The server, running. */
export interface Product extends System {
  readonly data: string;
  readonly service: Service;
}

let started = 0;

/** The parameters of `node` for `restante serve` on UDP and TCP of one port, the benchmark's machine trusted. */
export function serveParameters(data: string, port: number, options: ProductOptions = {}): readonly string[] {
  return [
    ...(options.nodeOptions ?? []),
    ...restante,
    'serve',
    ...['--listen', `udp:127.0.0.1:${port}`, '--listen', `tcp:127.0.0.1:${port}`],
    ...['--domain', domain, '--data', data, '--management-uri', managementUri, '--trust', '127.0.0.1/32'],
    ...Object.entries(options.set ?? {}).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ];
}

/** Starts `restante serve` with its default settings and waits until it is ready. */
export async function startProduct(folder: string, options: ProductOptions = {}): Promise<Product> {
  started += 1;
  const data = options.data ?? join(folder, `restante-${started}`);
  const port = options.port ?? (await freePort());
  mkdirSync(folder, { recursive: true });
  const service = startService(process.execPath, serveParameters(data, port, options), {
    log: join(folder, `restante-${started}.log`),
    environment: { NO_COLOR: '1' },
  });
  await service.until(/is ready/);
  return {
    name: 'restante',
    port,
    data,
    service,
    processes: [service.pid],
    storedCount: () => waitingCount(data),
    stop: () => service.stop(),
  };
}

/** How many messages wait, each one read by the command line; also beside a running server. */
export async function waitingCount(data: string): Promise<number> {
  const list = ['queue', 'list', '--json', '--limit', '100000000', '--data', data];
  const messages: unknown = JSON.parse(await runToEnd(process.execPath, [...restante, ...list]));
  if (!Array.isArray(messages)) throw new Error('queue list --json gave no list');
  return messages.length;
}
