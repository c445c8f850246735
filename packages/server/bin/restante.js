#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node has to be able to read this far.
import { existsSync } from 'node:fs';
import * as module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`restante needs Node.js 22.18 or newer; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}

// What Node calls experimental here (node:sqlite, type stripping on 22) is tested; nobody else needs to read of it.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
  if (type !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, [warning, ...rest]);
};

// A worker has a process.emitWarning of its own.
process.env.NODE_NO_WARNINGS ??= '1';

const sources = new URL('../src/main.ts', import.meta.url);

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
  await import(sources.href);
} else {
  await import(new URL('../dist/main.js', import.meta.url).href);
}
