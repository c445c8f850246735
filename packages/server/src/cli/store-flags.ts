import type { Command } from 'commander';

/** Where the database is. */
export interface StoreFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: true;
}

export interface QueueListFlags extends StoreFlags {
  readonly user?: string;
  readonly limit: number;
}

export interface UserAddFlags extends StoreFlags {
  readonly username?: string;
  readonly passwordStdin?: true;
  readonly generate?: true;
}

export function withStoreFlags(command: Command): Command {
  return command
    .option('--data <folder>', 'folder of the database; also RESTANTE_DATA (default: restante-data)')
    .option('-c, --config <file>', 'configuration file that names the folder; also RESTANTE_CONFIG')
    .option('--json', 'JSON instead of text');
}
