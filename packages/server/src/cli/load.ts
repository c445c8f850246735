import { ConfigurationError, loadConfiguration } from '../config.ts';
import type { LoadedConfiguration } from '../config.ts';
import type { Problem, Setting } from '../config/sources.ts';
import { CommandFailure } from './exit-code.ts';
import { flagSettings } from './flags.ts';
import type { ConfigurationFlags } from './flags.ts';

/** The configuration of `serve`; every problem at once, each with the place where it stands. */
export function configurationFrom(
  flags: ConfigurationFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfiguration {
  try {
    const read = flagSettings(flags);
    const problems = read.filter((each): each is Problem => 'message' in each);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return loadConfiguration({
      file: flags.config ?? environment['RESTANTE_CONFIG'],
      environment,
      flags: read.filter((each): each is Setting => 'value' in each),
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const lines = error.message.split('\n');
    const text =
      lines.length === 1 ? error.message : `the configuration cannot be used\n  ${lines.join('\n  ')}`;
    throw new CommandFailure('configuration', text);
  }
}
