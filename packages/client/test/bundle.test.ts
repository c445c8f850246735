import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { test } from 'vitest';

/** Above this the package has grown by a part that a browser has to load: think twice, then raise it. */
const mostGzippedBytes = 60_000;

async function bundled(
  input: string,
): Promise<{ readonly code: string; readonly imports: readonly string[] }> {
  const build = await rolldown({
    input,
    platform: 'browser',
    resolve: { conditionNames: ['restante-source', 'browser', 'import', 'default'] },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [chunk, ...others] = output;
  assert.equal(others.length, 0);
  return { code: chunk.code, imports: [...chunk.imports, ...chunk.dynamicImports] };
}

test('the client bundles for a browser as it stands, without a module of Node', async () => {
  const { code, imports } = await bundled(join(import.meta.dirname, '../src/index.ts'));
  assert.deepEqual(imports, []);
  assert.doesNotMatch(code, /["'`]node:/);
  assert.doesNotMatch(code, /\b(?:Buffer|process)\s*\./);
  const size = Buffer.byteLength(code);
  const gzipped = gzipSync(code).length;
  console.info(`@restante/client for a browser: ${size} octets minified, ${gzipped} gzipped`);
  assert(gzipped < mostGzippedBytes, `${gzipped} octets gzipped`);
});
