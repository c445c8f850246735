import type { LoadedConfiguration } from '../config.ts';
import { options } from './options.ts';
import type { Option } from './options.ts';
import { isRecord } from '../record.ts';

/** One effective option: its value as it would be written (secrets hidden) and where it comes from. */
export interface ShownOption {
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

/** What --print-config shows, in the order of the schema. */
export function shownOptions({ written, origins }: LoadedConfiguration): readonly ShownOption[] {
  return options.map((option) => ({
    path: option.path,
    value: withoutSecrets(writtenValue(written, option)),
    origin: origins.get(option.path)?.text ?? 'default',
  }));
}

function writtenValue(written: unknown, { path, default: fallback }: Option): unknown {
  const value = path
    .split('.')
    .reduce<unknown>((node, name) => (isRecord(node) ? node[name] : undefined), written);
  return value ?? fallback ?? null;
}

const secrets: ReadonlySet<string> = new Set(['password', 'ha1']);

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secrets.has(name) ? '(hidden)' : withoutSecrets(inner),
    ]),
  );
}
