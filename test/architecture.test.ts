import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const packages = join(import.meta.dirname, '..', 'packages');

/** A part of the project: what it may import besides itself, and what of the platform it may use. */
interface Part {
  readonly imports: readonly string[];
  /** Modules of Node and libraries. */
  readonly libraries: readonly string[];
  /** May it read the clock, start timers and draw random numbers by itself? */
  readonly touchesTheWorld?: true;
}

/**
 * What each folder may import besides itself. Nothing else in the project states the layering.
 * The longest path that fits a file decides.
 */
const parts: Readonly<Record<string, Part>> = {
  'sip/src/protocol': { imports: [], libraries: ['@noble/hashes'] },
  'sip/src': { imports: ['sip/src/protocol'], libraries: ['@noble/hashes'] },
  'sip/src/transport': {
    imports: ['sip/src/protocol', 'sip/src'],
    libraries: ['node:dgram', 'node:net', 'node:tls', 'node:dns', 'node:fs', 'node:crypto'],
    touchesTheWorld: true,
  },
  'sip/src/index.ts': { imports: ['sip/src', 'sip/src/protocol', 'sip/src/transport'], libraries: [] },
  'sip/src/node.ts': { imports: ['sip/src', 'sip/src/protocol', 'sip/src/transport'], libraries: [] },
  'msrp/src/protocol': { imports: ['@restante/sip'], libraries: [] },
  'msrp/src': { imports: ['msrp/src/protocol', '@restante/sip'], libraries: [] },
  'msrp/src/transport': {
    imports: ['msrp/src/protocol', 'msrp/src', '@restante/sip'],
    libraries: ['node:net', 'node:tls'],
    touchesTheWorld: true,
  },
  'msrp/src/index.ts': { imports: ['msrp/src', 'msrp/src/protocol'], libraries: [] },
  'msrp/src/node.ts': { imports: ['msrp/src/transport'], libraries: [] },
  'cpm/src': { imports: ['@restante/sip'], libraries: ['saxes'] },
  'client/src': { imports: ['@restante/sip', '@restante/cpm'], libraries: [] },
  'client/src/node.ts': {
    imports: ['client/src', '@restante/sip', '@restante/sip/node', '@restante/cpm'],
    libraries: [],
  },
  'server/src/participating-function': { imports: ['@restante/sip', '@restante/cpm'], libraries: [] },
  'server/src/store': {
    imports: ['server/src/participating-function', '@restante/sip', '@restante/cpm'],
    libraries: ['node:sqlite', 'node:worker_threads', 'node:fs', 'node:path', 'node:url', 'node:crypto'],
    touchesTheWorld: true,
  },
  'server/src/config.ts': { imports: ['*'], libraries: ['*'] },
  'server/src': { imports: ['*'], libraries: ['*'], touchesTheWorld: true },
  'server/src/cli': { imports: ['*'], libraries: ['*'], touchesTheWorld: true },
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly part: string;
}

function partOf(path: string): string {
  const fitting = Object.keys(parts).filter((part) => path === part || path.startsWith(`${part}/`));
  const [longest] = fitting.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) throw new Error(`${path} belongs to no part of the table`);
  return longest;
}

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(packages, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/]+\/src\/.*\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(packages, path), 'utf8'), part: partOf(path) }));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

function importsOf({ text }: SourceFile): readonly string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function isAllowed(file: SourceFile, specifier: string): boolean {
  const { imports, libraries } = parts[file.part] ?? { imports: [], libraries: [] };
  if (specifier.startsWith('.')) {
    const target = partOf(relative(packages, join(packages, dirname(file.path), specifier)));
    return target === file.part || imports.includes(target) || imports.includes('*');
  }
  const allowed = specifier.startsWith('@restante/') ? imports : libraries;
  return (
    allowed.includes('*') || allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  );
}

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

const files = sourceFiles();

test('architecture: each part imports only what the table allows', () => {
  const broken = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => !isAllowed(file, specifier))
      .map((specifier) => `${file.path} imports ${specifier}`),
  );
  expect(broken).toEqual([]);
});

test('architecture: clock, timers and randomness come through ports', () => {
  const world =
    /\b(Date\.now|setTimeout|setInterval|setImmediate|Math\.random|performance\.now|crypto\.getRandomValues|new Date\(\))/;
  const broken = files
    .filter(({ part }) => parts[part]?.touchesTheWorld !== true)
    .flatMap(({ path, text }) => {
      const used = world.exec(withoutComments(text))?.[1];
      return used === undefined ? [] : [`${path} uses ${used}`];
    });
  expect(broken).toEqual([]);
});

test('architecture: no import cycle between files', () => {
  const graph = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => join(dirname(file.path), specifier)),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    else if (!done.has(path)) {
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test('architecture: files stay small and keep their types', () => {
  const tooLong = files.filter(({ text }) => text.split('\n').length > 401).map(({ path }) => path);
  const untyped = files
    .filter(
      ({ text }) =>
        /@ts-ignore|@ts-expect-error/.test(text) ||
        /(:\s*any\b|<any>|\bas any\b)/.test(withoutComments(text)),
    )
    .map(({ path }) => path);
  expect({ tooLong, untyped }).toEqual({ tooLong: [], untyped: [] });
});
