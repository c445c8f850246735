import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
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

export interface DemoFlags {
  readonly stay?: true;
  readonly json?: true;
  readonly data?: string;
}
