import type * as z from 'zod';
import { nearest, options } from './options.ts';
import { byDefault, whereToSet } from './sources.ts';
import type { Origin, Problem } from './sources.ts';
import { isRecord } from '../record.ts';

/** The line that a person reads: `restante.yaml:12: deferral.maximum: …`. */
export function writeProblem({ origin, path, message }: Problem): string {
  const place = origin === undefined || origin === byDefault ? '' : `${origin.text}: `;
  return `${place}${path === '' ? '' : `${path}: `}${message}`;
}

/** A finding of the schema in our own words. */
export function problemsOf(
  issue: z.core.$ZodIssue,
  originOf: (path: readonly PropertyKey[]) => Origin | undefined,
  tree: unknown,
): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { origin: originOf(path), path: path.join('.'), message: unknownOption(issue.path, key) };
    });
  }
  const path = issue.path.join('.');
  if (issue.code === 'invalid_type' && valueAt(tree, issue.path) === undefined) {
    const listed = typeof issue.path.at(-2) === 'number';
    const message = listed ? 'is missing' : `is missing: set it ${whereToSet(path)}`;
    return [{ origin: listed ? originOf(issue.path) : undefined, path, message }];
  }
  return [{ origin: originOf(issue.path), path, message: complaintOf(issue, valueAt(tree, issue.path)) }];
}

function unknownOption(parent: readonly PropertyKey[], key: string): string {
  const prefix = parent.map((name) => `${String(name)}.`).join('');
  const siblings = options.flatMap(({ path }) =>
    path.startsWith(prefix) ? [path.slice(prefix.length).split('.')[0] ?? ''] : [],
  );
  const meant =
    nearest(key, siblings) ??
    nearest(
      key,
      options.map(({ path }) => path.split('.').at(-1) ?? ''),
    );
  return meant === undefined ? 'there is no such option' : `there is no such option; did you mean ${meant}?`;
}

function complaintOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') return `must be ${aKind(issue.expected)}, not ${shown(value)}`;
  if (issue.code === 'invalid_union') return `must be text or a number, not ${shown(value)}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}, not ${shown(value)}`;
  if (issue.code === 'too_small' && issue.origin === 'number')
    return `must be at least ${issue.minimum}, not ${shown(value)}`;
  return issue.message;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a group of options',
};

function aKind(expected: string): string {
  return kinds[expected] ?? expected;
}

function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return isRecord(value)
    ? 'a group of options'
    : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
}

export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, name) => {
    if (Array.isArray(node)) return node[Number(name)];
    return isRecord(node) ? node[String(name)] : undefined;
  }, tree);
}
