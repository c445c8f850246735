import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { domain, managementUri } from './product.ts';

const root = join(import.meta.dirname, '../..');

/** What `npm install restante` leaves of the command: the launcher and the built files, without sources. */
export interface Installation {
  readonly launcher: string;
  /** For the processes: compiled code is kept in this folder, as it is at home. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Lays out an installation from what `npm run build` made. Throws where nothing has been built. */
export function install(folder: string): Installation {
  const server = join(root, 'packages/server');
  const installed = join(folder, 'node_modules/restante');
  for (const part of ['bin', 'dist/command', 'package.json']) {
    if (!existsSync(join(server, part))) throw new Error(`packages/server/${part} is missing: npm run build`);
    cpSync(join(server, part), join(installed, part), { recursive: true });
  }
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  // Libraries that the command loads when it needs them.
  symlinkSync(join(root, 'node_modules/pino'), join(folder, 'node_modules/pino'));
  return {
    launcher: join(installed, 'bin/restante.js'),
    environment: { NO_COLOR: '1', XDG_CACHE_HOME: cache },
  };
}

/** What is typed after `restante`. */
export function serveWords(data: string, listen: readonly string[]): readonly string[] {
  return [
    'serve',
    ...listen.flatMap((address) => ['--listen', address]),
    ...['--domain', domain, '--management-uri', managementUri, '--trust', '127.0.0.1/32', '--data', data],
  ];
}
