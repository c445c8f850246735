import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['restante-source'] },
  ssr: { resolve: { conditions: ['restante-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    isolate: false,
    testTimeout: 20_000,
  },
});
