import type { Problem, Setting } from '../config/sources.ts';

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

export interface ServeFlags extends ConfigurationFlags {
  readonly json?: true;
  readonly printConfig?: true;
  readonly printSchema?: true;
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

/** The settings that flags make, the later ones last; and what `--set` could not be read as. */
export function flagSettings(
  flags: ConfigurationFlags,
  readAssignment: (text: string) => Setting | Problem,
): (Setting | Problem)[] {
  const named = configurationFlags.flatMap(([name, flag, path]): Setting[] => {
    const value = flags[name];
    return value === undefined ? [] : [{ path, value, origin: { kind: 'flag', text: flag } }];
  });
  return [...named, ...(flags.set ?? []).map(readAssignment)];
}

const names: Readonly<Record<string, keyof ServeFlags>> = {
  '-l': 'listen',
  '--listen': 'listen',
  '-d': 'domain',
  '--domain': 'domain',
  '--data': 'data',
  '--management-uri': 'managementUri',
  '--trust': 'trust',
  '--log-level': 'logLevel',
  '--json': 'json',
};

/**
 * The flags of `serve` where each is one of the usual ones in its usual form; undefined where there is anything else,
 * which is then the command line library's to read or to refuse. That library takes longer to load than the server.
 */
export function usualServeFlags(words: readonly string[]): ServeFlags | undefined {
  const single: { domain?: string; data?: string; managementUri?: string; logLevel?: string; json?: true } =
    {};
  const lists = { listen: [] as string[], trust: [] as string[] };
  for (let index = 0; index < words.length; index += 1) {
    const [, flag = '', attached] = /^(-[a-z]$|--[a-z-]+)(?:=(.*))?$/s.exec(words[index] ?? '') ?? [];
    const name = Object.hasOwn(names, flag) ? names[flag] : undefined;
    if (name === 'json' && attached === undefined) {
      single.json = true;
      continue;
    }
    const value = attached ?? words[(index += 1)];
    if (value === undefined || value === '' || (attached === undefined && value.startsWith('-')))
      return undefined;
    if (name === 'listen' || name === 'trust') lists[name].push(value);
    else if (name === 'domain' || name === 'data' || name === 'managementUri' || name === 'logLevel')
      single[name] = value;
    else return undefined;
  }
  return {
    ...single,
    ...(lists.listen.length > 0 && { listen: lists.listen }),
    ...(lists.trust.length > 0 && { trust: lists.trust }),
  };
}
