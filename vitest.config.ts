import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { target: 'node22' },
  resolve: { conditions: ['restante-source'] },
  ssr: { resolve: { conditions: ['restante-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    isolate: false,
    testTimeout: 20_000,
  },
});
