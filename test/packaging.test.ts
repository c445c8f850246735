import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const workspaces = ['sip', 'msrp', 'cpm', 'client', 'server'];
const minutes = 330_000;

let folder = '';

/** A registry that does not answer must not hold up everything else. */
const patience = 80_000;

const execute = (command: string, parameters: readonly string[], cwd: string): string =>
  execFileSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
  });

function install(parameters: readonly string[]): void {
  const command = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...parameters];
  try {
    execute('npm', command, folder);
  } catch {
    execute('npm', command, folder);
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'restante-packages-'));
  execute('npm', ['run', 'build'], root);
  const packed = workspaces.flatMap((name) => ['-w', `packages/${name}`]);
  execute('npm', ['pack', ...packed, '--pack-destination', folder], root);
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  install(tarballs.map((name) => `./${name}`));
}, minutes);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('packaging: what is packed holds the built code, a README and the licence, and no sources', () => {
  for (const name of ['@restante/sip', '@restante/msrp', '@restante/cpm', '@restante/client', 'restante']) {
    const installed = join(folder, 'node_modules', name);
    const found = ['dist', 'README.md', 'LICENSE', 'src', 'test'].filter((entry) =>
      existsSync(join(installed, entry)),
    );
    expect([name, found]).toEqual([name, ['dist', 'README.md', 'LICENSE']]);
  }
});

test.each(workspaces)('packaging: publint finds nothing in %s', async (name) => {
  const { messages } = await publint({ pkgDir: join(root, 'packages', name), level: 'warning' });
  expect(messages).toEqual([]);
});

test('packaging: the client depends on no server package', () => {
  const lock: unknown = JSON.parse(
    readFileSync(join(folder, 'node_modules/@restante/client/package.json'), 'utf8'),
  );
  expect(lock).toMatchObject({
    dependencies: { '@restante/cpm': expect.any(String), '@restante/sip': expect.any(String) },
  });
  expect(Object.keys(Object(Reflect.get(Object(lock), 'dependencies'))).toSorted()).toEqual([
    '@restante/cpm',
    '@restante/sip',
  ]);
});

test('packaging: every entry can be imported in an empty folder', () => {
  const entries = [
    '@restante/sip',
    '@restante/sip/node',
    '@restante/msrp',
    '@restante/msrp/node',
    '@restante/cpm',
    '@restante/client',
    '@restante/client/node',
    'restante',
  ];
  const script = `for (const name of ${JSON.stringify(entries)}) console.log(name, Object.keys(await import(name)).length > 0);`;
  const output = execute(process.execPath, ['--input-type=module', '-e', script], folder);
  expect(output.trim().split('\n')).toEqual(entries.map((name) => `${name} true`));
});

test('packaging: the installed command runs the whole main job', () => {
  const restante = join(folder, 'node_modules/restante/bin/restante.js');
  const { version } = JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8'));
  expect(execute(process.execPath, [restante, '--version'], folder).trim()).toBe(version);
  expect(execute(process.execPath, [restante, 'demo'], folder)).toMatch(/202 Accepted/);
}, 60_000);
