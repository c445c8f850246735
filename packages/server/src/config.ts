import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { options } from './config/options.ts';
import { problemsOf, valueAt, writeProblem } from './config/problems.ts';
import { schema } from './config/schema.ts';
import type { Configuration, ConfigurationInput } from './config/schema.ts';
import { byDefault, noFile, readEnvironment, readFileSource } from './config/sources.ts';
import type { FileSource, Origin, Problem, Setting } from './config/sources.ts';
import { errorCode, errorText } from './system-error.ts';
import { isRecord } from './record.ts';

export type { Configuration, ConfigurationInput } from './config/schema.ts';
export type { Origin, Problem, Setting } from './config/sources.ts';

/** The configuration cannot be used. The message has one line for each thing to change. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = [...problems].sort((left, right) =>
      inReadingOrder.compare(placeOf(left), placeOf(right)),
    );
    super(ordered.map(writeProblem).join('\n'));
    this.problems = ordered;
  }
}

/** `restante.yaml:9` comes before `restante.yaml:12`. */
const inReadingOrder = new Intl.Collator('en', { numeric: true });

function placeOf({ origin }: Problem): string {
  return origin?.text ?? '';
}

/** Where values are looked for: a flag wins over the environment, that over the file, that over the default. */
export interface ConfigurationSources {
  /** Path of the YAML file. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly flags?: readonly Setting[];
}

/** The effective configuration, and for each option where its value comes from. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** As written before it was read: what --print-config shows. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The configuration from a value in a program, with defaults filled in. Throws ConfigurationError. */
export function configurationOf(input: ConfigurationInput): Configuration {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.flatMap((issue) => problemsOf(issue, () => undefined, input)),
  );
}

/** Reads file, environment and flags. Throws ConfigurationError with every problem there is. */
export function loadConfiguration(sources: ConfigurationSources): LoadedConfiguration {
  const file = sources.file === undefined ? noFile : openFile(sources.file);
  if (file.problems.length > 0) throw new ConfigurationError(file.problems);
  const settings = [...readEnvironment(sources.environment ?? {}), ...(sources.flags ?? [])];
  const tree: Record<string, unknown> = structuredClone(file.tree);
  const overrides = new Map<string, Origin>();
  for (const { path, value, origin } of settings) {
    assign(tree, path.split('.'), value);
    overrides.set(path, origin);
  }
  const originOf = (path: readonly PropertyKey[]): Origin | undefined =>
    overridden(overrides, path) ?? file.originOf(path);
  const result = schema.safeParse(tree);
  if (!result.success) {
    throw new ConfigurationError(result.error.issues.flatMap((issue) => problemsOf(issue, originOf, tree)));
  }
  const origins = originsOf(tree, originOf);
  return { configuration: located(result.data, origins, sources.file), written: tree, origins };
}

function openFile(path: string): FileSource {
  try {
    return readFileSource(readFileSync(path, 'utf8'), path);
  } catch (error) {
    const reason = errorCode(error) === 'ENOENT' ? 'there is no such file' : errorText(error);
    const origin: Origin = { kind: 'flag', text: `--config ${path}` };
    return { ...noFile, problems: [{ origin, path: '', message: reason }] };
  }
}

function assign(
  tree: Record<string, unknown>,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const existing = tree[name];
  const child = isRecord(existing) ? existing : {};
  tree[name] = child;
  assign(child, rest, value);
}

function overridden(
  overrides: ReadonlyMap<string, Origin>,
  path: readonly PropertyKey[],
): Origin | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const origin = overrides.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

function originsOf(
  tree: Readonly<Record<string, unknown>>,
  originOf: (path: readonly PropertyKey[]) => Origin | undefined,
): ReadonlyMap<string, Origin> {
  return new Map(
    options.map(({ path }) => {
      const names = path.split('.');
      return [path, valueAt(tree, names) === undefined ? byDefault : (originOf(names) ?? byDefault)];
    }),
  );
}

/** A relative path in a file is meant from the file's folder, any other from the current one. */
function located(
  configuration: Configuration,
  origins: ReadonlyMap<string, Origin>,
  file: string | undefined,
): Configuration {
  const from = (path: string, value: string): string => {
    if (isAbsolute(value)) return value;
    const inFile = file !== undefined && origins.get(path)?.kind === 'file';
    return inFile ? resolve(dirname(file), value) : resolve(value);
  };
  const tls = { ...configuration.tls };
  for (const name of ['certificate', 'key', 'authority'] as const) {
    const value = tls[name];
    if (value !== undefined) tls[name] = from(`tls.${name}`, value);
  }
  return { ...configuration, data: from('data', configuration.data), tls };
}
