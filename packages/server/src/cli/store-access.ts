import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { closing } from '../closing.ts';
import type { Store } from '../participating-function/ports.ts';
import { CannotStart } from '../assembly/cannot-start.ts';
import { configurationFrom } from './load.ts';
import { CommandFailure } from './exit-code.ts';
import type { StoreFlags } from './store-flags.ts';

/** The folder that --data, RESTANTE_DATA or the configuration names. */
function dataFolder(
  flags: StoreFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (flags.data !== undefined) return resolve(flags.data);
  const config = flags.config ?? environment['RESTANTE_CONFIG'];
  if (config !== undefined) return configurationFrom({ config }).configuration.data;
  return resolve(environment['RESTANTE_DATA'] || 'restante-data');
}

/** The domain of the server, where a configuration file is named that says it. */
export function knownDomain(
  flags: StoreFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const config = flags.config ?? (flags.data === undefined ? environment['RESTANTE_CONFIG'] : undefined);
  return config === undefined ? undefined : configurationFrom({ config }).configuration.domain.toLowerCase();
}

/** Opens the store beside a server that may be running, and closes it whatever happens. */
export async function withStore<Result>(
  flags: StoreFlags,
  { create }: { readonly create: boolean },
  act: (store: Store, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = dataFolder(flags);
  if (!create && !existsSync(folder)) {
    const hint = 'name the folder of the server with --data DIR';
    throw new CommandFailure('unavailable', `there is no data folder ${folder}`, hint);
  }
  const { openStoreBeside } = await import('../assembly/open-store.ts');
  try {
    return await closing(await openStoreBeside(folder), (store) => act(store, folder));
  } catch (error) {
    if (error instanceof CannotStart) throw new CommandFailure('unavailable', error.message, error.hint);
    throw error;
  }
}
