import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { test } from 'vitest';

/** Above this the package has grown by something that a browser has to load: think twice, then raise it. */
const mostGzippedBytes = 14_000;

test('the package bundles for a browser as it stands, without a module of Node', async () => {
  const build = await rolldown({
    input: join(import.meta.dirname, '../src/index.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['restante-source', 'browser', 'import', 'default'] },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [{ code, imports, dynamicImports }, ...others] = output;
  assert.deepEqual([others.length, imports, dynamicImports], [0, [], []]);
  assert.doesNotMatch(code, /["'`]node:/);
  assert.doesNotMatch(code, /\b(?:Buffer|process)\s*\.|\bsetImmediate\b/);
  const gzipped = gzipSync(code).length;
  console.info(
    `@restante/msrp for a browser: ${Buffer.byteLength(code)} octets minified, ${gzipped} gzipped`,
  );
  assert(gzipped < mostGzippedBytes, `${gzipped} octets gzipped`);
});
