#!/usr/bin/env node
// Plain JavaScript without imports on purpose: an old Node has to be able to read this far, and imports take time.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`restante needs Node.js 22.18 or newer; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}

const { existsSync } = process.getBuiltinModule('node:fs');
const { join } = process.getBuiltinModule('node:path');
const module = process.getBuiltinModule('node:module');

// What Node calls experimental here (node:sqlite, type stripping on 22) is tested; nobody else needs to read of it.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
  if (type !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, [warning, ...rest]);
};

// A worker has a process.emitWarning of its own.
process.env.NODE_NO_WARNINGS ??= '1';

keepCompiledCode();

const sources = join(import.meta.dirname, '../src/main.ts');

if (existsSync(sources)) {
  // In the repository the packages name their sources under a condition of their own, so nothing has to be built.
  const condition = 'restante-source';
  if (!process.execArgv.some((argument) => argument.endsWith(condition))) {
    process.execArgv.push(`--conditions=${condition}`);
    module.registerHooks({
      resolve: (specifier, context, nextResolve) =>
        nextResolve(specifier, { ...context, conditions: [...context.conditions, condition] }),
    });
  }
  await import(sources);
} else if (existsSync(join(import.meta.dirname, '../dist/command/main.js'))) {
  module.createRequire(import.meta.url)('../dist/command/main.js');
} else {
  await import('../dist/main.js');
}

/** The next start finds the code compiled: in a folder of this user, because whoever can write there runs code here. */
function keepCompiledCode() {
  const { NODE_COMPILE_CACHE, CACHE_DIRECTORY, XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env;
  const base = CACHE_DIRECTORY || XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'));
  const folder = NODE_COMPILE_CACHE || (base && join(base, 'restante'));
  if (!folder) return;
  module.enableCompileCache(folder);
  // Node writes at the end of the process; a server may run for months, and end by a loss of power.
  setTimeout(() => module.flushCompileCache(), 10_000).unref();
}
