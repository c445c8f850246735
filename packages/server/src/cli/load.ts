import { ConfigurationError, loadConfiguration } from '../config.ts';
import type { Configuration, LoadedConfiguration } from '../config.ts';
import { readAssignment, strayVariables } from '../config/sources.ts';
import type { Problem, Setting } from '../config/sources.ts';
import { CommandFailure } from './exit-code.ts';
import { flagSettings } from './serve-flags.ts';
import type { ConfigurationFlags } from './serve-flags.ts';

/** The same, and what the environment has that looks like an option and is none. */
export function serveConfigurationFrom(
  flags: ConfigurationFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly configuration: Configuration; readonly strays: readonly string[] } {
  const { configuration } = configurationFrom(flags, environment);
  return { configuration, strays: strayVariables(environment) };
}

/** The configuration of `serve`; every problem at once, each with the place where it stands. */
export function configurationFrom(
  flags: ConfigurationFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfiguration {
  try {
    const read = flagSettings(flags, readAssignment);
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
