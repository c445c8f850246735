import * as z from 'zod';
import { schema } from './schema.ts';

/** One option that has a value of its own: a leaf of the schema. */
export interface Option {
  /** As the file and messages name it: `deferral.maximum`. */
  readonly path: string;
  readonly type: 'text' | 'number' | 'list' | 'users';
  readonly description: string;
  /** As it would be written; undefined where there is none. */
  readonly default: unknown;
  /** The environment variable, where the value fits into one. */
  readonly variable: string | undefined;
}

interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** JSON Schema of the configuration file (draft 2020-12). */
export function configurationJsonSchema(): Record<string, unknown> {
  return {
    title: 'Restante configuration',
    ...z.toJSONSchema(schema, { io: 'input' }),
  };
}

/** Every option in the order of the schema. */
export const options: readonly Option[] = leaves(configurationJsonSchema(), '');

export function optionFor(path: string): Option | undefined {
  return options.find((option) => option.path === path);
}

/** `deferral.expiryWarning` is set by RESTANTE_DEFERRAL_EXPIRY_WARNING. */
export function variableFor(path: string): string {
  const words = path.replaceAll('.', '_').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `RESTANTE_${words.toUpperCase()}`;
}

/** The name among those known that is most probably meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function leaves(node: SchemaNode, prefix: string): readonly Option[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (child.properties !== undefined) return leaves(child, path);
    const type = typeOf(child);
    return [
      {
        path,
        type,
        description: child.description ?? '',
        default: child.default,
        variable: type === 'users' ? undefined : variableFor(path),
      },
    ];
  });
}

function typeOf(node: SchemaNode): Option['type'] {
  if (node.type === 'array') return node.items?.properties === undefined ? 'list' : 'users';
  return node.type === 'integer' || node.type === 'number' ? 'number' : 'text';
}

/** `expiry_warning`, `expiry-warning` and `expiryWarning` are the same to a reader. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
