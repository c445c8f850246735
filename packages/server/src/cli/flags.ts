import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { readAssignment } from '../config/sources.ts';
import type { Setting } from '../config/sources.ts';
import { readDuration, UnreadableValue } from '../config/units.ts';

/** For a flag that may be repeated: collects its values in order. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Seconds; the error names the flag. */
export function durationFlag(text: string): number {
  try {
    return readDuration(text);
  } catch (error) {
    if (error instanceof UnreadableValue) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

export function countFlag(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('write a whole number above 0');
  return count;
}

/** Flags that set options of the configuration, and the options that they set. */
const configurationFlags = [
  ['listen', '--listen', 'listen'],
  ['domain', '--domain', 'domain'],
  ['data', '--data', 'data'],
  ['managementUri', '--management-uri', 'managementUri'],
  ['trust', '--trust', 'trust'],
  ['logLevel', '--log-level', 'log.level'],
] as const;

export interface ConfigurationFlags {
  readonly config?: string;
  readonly listen?: readonly string[];
  readonly domain?: string;
  readonly data?: string;
  readonly managementUri?: string;
  readonly trust?: readonly string[];
  readonly logLevel?: string;
  readonly set?: readonly string[];
}

export function addConfigurationFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (YAML); also RESTANTE_CONFIG')
    .option('-l, --listen <address>', 'udp:IP:PORT, tcp:IP:PORT or tls:IP:PORT; may be repeated', collect)
    .option('-d, --domain <name>', 'the SIP domain of the users served')
    .option('--data <folder>', 'folder of the database (default: restante-data)')
    .option('--management-uri <uri>', 'CPMDeferredMsgMgmtURI: where clients send their pull')
    .option('--trust <network>', 'believe P-Asserted-Identity from this network; may be repeated', collect)
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--set <option=value>', 'any option of docs/configuration.md; may be repeated', collect);
}

/** The settings that flags make, the later ones last; and what `--set` could not be read as. */
export function flagSettings(flags: ConfigurationFlags): ReturnType<typeof readAssignment>[] {
  const named = configurationFlags.flatMap(([name, flag, path]): Setting[] => {
    const value = flags[name];
    return value === undefined ? [] : [{ path, value, origin: { kind: 'flag', text: flag } }];
  });
  return [...named, ...(flags.set ?? []).map(readAssignment)];
}

export interface ServeFlags extends ConfigurationFlags {
  readonly json?: true;
  readonly printConfig?: true;
  readonly printSchema?: true;
}

export interface DemoFlags {
  readonly stay?: true;
  readonly json?: true;
  readonly data?: string;
}
