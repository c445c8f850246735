// `npm run build`, after the compiler: the command in few files beside the modules that a program imports.
// Hundreds of files take longer to find and to read than the server takes to start.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { ChunkingContext, Plugin } from 'rolldown';

const server = join(import.meta.dirname, '../packages/server');
const built = join(server, 'dist');
const folder = join(built, 'command');

/** One file each, so that no start has to gather pieces: the command, and the workers beside it. */
const entries: Readonly<Record<string, string>> = {
  main: join(built, 'main.js'),
  worker: join(built, 'store/sqlite/worker.js'),
  'checkpoint-worker': join(built, 'store/sqlite/checkpoint-worker.js'),
};

/** The version stands in package.json, which a start need not read. */
const inlineVersion: Plugin = {
  name: 'inline-version',
  load(id) {
    if (id !== join(built, 'version.js')) return null;
    const { version }: { version: string } = JSON.parse(readFileSync(join(server, 'package.json'), 'utf8'));
    return `export const version = ${JSON.stringify(version)};`;
  },
};

/** V8 keeps a text of other characters at twice the size, and takes longer to read it. */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_, parts) {
    for (const part of Object.values(parts)) {
      if (part.type !== 'chunk') continue;
      part.code = part.code.replaceAll(
        // eslint-disable-next-line no-control-regex -- all that is not ASCII
        /[^\u0000-\u007f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
  },
};

/** Folders of the packages that stand in `node_modules`, from the paths of their modules. */
function packagesOf(modules: readonly string[]): readonly string[] {
  const folders = modules.map((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((path) => path !== undefined))].toSorted();
}

/** Name, version and licence of what is in the bundle and is not ours. */
function noticeOf(path: string): string {
  const about: { name: string; version: string; license?: string } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  );
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  const text = file === undefined ? '' : readFileSync(join(path, file), 'utf8').trim();
  return `${about.name} ${about.version} (${about.license ?? 'see below'})\n\n${text}\n`;
}

/** Is it loaded at once, and not by `import()` when it is needed? All of that is one file. */
function isStatic(id: string, context: ChunkingContext): boolean {
  const seen = new Set<string>();
  const isReached = (module: string): boolean => {
    if (seen.has(module)) return false;
    seen.add(module);
    const about = context.getModuleInfo(module);
    return about !== null && (about.isEntry || about.importers.some(isReached));
  };
  return isReached(id);
}

/** Writes one of them, and what it loads later. Gives the paths of all modules in it. */
async function bundle(name: string, path: string): Promise<readonly string[]> {
  const build = await rolldown({
    input: { [name]: path },
    platform: 'node',
    external: [/^node:/],
    plugins: [inlineVersion, asciiOnly],
  });
  // CommonJS: it asks Node for built-in modules without making an object of all their exports.
  const { output } = await build.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: {
      groups: [{ debugName: 'start', name: (id, context) => (isStatic(id, context) ? 'start' : null) }],
    },
    // Names stay as they are: a stack in a log has to say something.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await build.close();
  return output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
}

if (!existsSync(join(built, 'main.js'))) throw new Error('the compiler comes first: npm run build');
rmSync(folder, { recursive: true, force: true });
const modules: string[] = [];
for (const [name, path] of Object.entries(entries)) modules.push(...(await bundle(name, path)));
writeFileSync(join(folder, 'THIRD-PARTY.txt'), packagesOf(modules).map(noticeOf).join('\n---\n\n'));
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
