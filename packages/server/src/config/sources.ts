import { basename } from 'node:path';
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { nearest, optionFor, options, variableFor } from './options.ts';
import type { Option } from './options.ts';
import { isRecord } from '../record.ts';

/** Where a value comes from, as a person finds it again: `restante.yaml:12`, `RESTANTE_DOMAIN`, `--domain`. */
export interface Origin {
  readonly kind: 'default' | 'file' | 'environment' | 'flag';
  readonly text: string;
}

export const byDefault: Origin = { kind: 'default', text: 'default' };

/** One thing that is wrong, fit to be shown as a line. */
export interface Problem {
  readonly origin: Origin | undefined;
  readonly path: string;
  readonly message: string;
}

/** One value in one source. */
export interface Setting {
  readonly path: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** What a file says: its tree, and where each part of it stands. */
export interface FileSource {
  readonly tree: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  originOf(path: readonly PropertyKey[]): Origin | undefined;
}

export const noFile: FileSource = { tree: {}, problems: [], originOf: () => undefined };

/** Reads YAML text (JSON is YAML too). `name` is what messages call the file. */
export function readFileSource(text: string, name: string): FileSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): Origin => ({
    kind: 'file',
    text: `${basename(name)}:${lines.linePos(offset).line}`,
  });
  const problems = document.errors.map((error) => ({
    origin: at(error.pos[0]),
    path: '',
    message: firstLine(error.message),
  }));
  if (problems.length > 0) return { tree: {}, problems, originOf: () => undefined };
  const tree: unknown = document.toJS();
  if (tree === null || tree === undefined) return noFile;
  if (!isRecord(tree)) {
    const message = 'the file must hold options, such as domain: example.com';
    return { ...noFile, problems: [{ origin: at(0), path: '', message }] };
  }
  return {
    tree,
    problems,
    originOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : at(offset);
    },
  };
}

/** Variables of the command line's clients and of the launcher: known, but no options of the server. */
const clientVariables: readonly string[] = [
  'RESTANTE_CONFIG',
  'RESTANTE_PASSWORD',
  'RESTANTE_SERVER',
  'RESTANTE_USER',
];

/** The options that the environment sets. An empty variable is as good as none. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): readonly Setting[] {
  return options.flatMap((option) => {
    const text = option.variable === undefined ? undefined : environment[option.variable];
    if (option.variable === undefined || text === undefined || text === '') return [];
    const origin: Origin = { kind: 'environment', text: option.variable };
    return [{ path: option.path, value: typed(option, text), origin }];
  });
}

/** Variables that look like ours and are not, each with the name that is probably meant. */
export function strayVariables(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = [...options.flatMap(({ variable }) => variable ?? []), ...clientVariables];
  return Object.keys(environment)
    .filter((name) => name.startsWith('RESTANTE_') && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name, known);
      return meant === undefined ? [] : [`${name} is not an option; did you mean ${meant}?`];
    });
}

/** `--set deferral.maximum=1d`. */
export function readAssignment(text: string): Setting | Problem {
  const [, path = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const origin: Origin = { kind: 'flag', text: `--set ${text}` };
  const option = optionFor(path.trim());
  if (option !== undefined && option.type !== 'users') {
    return {
      path: option.path,
      value: typed(option, value),
      origin: { kind: 'flag', text: `--set ${option.path}` },
    };
  }
  const settable = options.filter(({ type }) => type !== 'users').map((each) => each.path);
  const meant = nearest(path, settable);
  const hint = meant === undefined ? 'write --set deferral.maximum=1d' : `did you mean ${meant}?`;
  return {
    origin,
    path: '',
    message: path === '' ? `has no =; ${hint}` : `'${path}' is not an option; ${hint}`,
  };
}

/** How to say where an option that nobody set can be set. */
export function whereToSet(path: string): string {
  const flags = new Map([
    ['domain', '--domain'],
    ['managementUri', '--management-uri'],
  ]);
  const option = optionFor(path);
  if (option?.variable === undefined) return 'in the configuration file';
  return `with ${flags.get(path) ?? `--set ${path}=…`}, with ${variableFor(path)} or in the configuration file`;
}

function typed({ type }: Option, text: string): unknown {
  if (type === 'list') return text.split(/[\s,]+/).filter((item) => item !== '');
  if (type === 'number' && /^\s*-?\d+(\.\d+)?\s*$/.test(text)) return Number(text);
  return text;
}

/** Offset of the deepest part of `path` that the file has; of the name, where it stands in a map. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const name = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === name);
      const range = isScalar(pair?.key) ? pair.key.range : undefined;
      if (range) return range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '');
}
