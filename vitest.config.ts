import { defineConfig } from 'vitest/config';

/** A run of chosen files, such as `npm test -- supervis`, names every test in them. */
const isChosen = process.argv.slice(2).some((each) => each !== 'run' && !each.startsWith('-'));

export default defineConfig({
  resolve: { conditions: ['@troupe/source'] },
  ssr: { resolve: { conditions: ['@troupe/source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], checker: 'tsc' },
    pool: 'forks',
    reporters: isChosen ? ['verbose'] : ['default'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'machines/**/*.ts', 'actors/**/*.ts'],
      reporter: ['text-summary', 'text'],
      thresholds: { lines: 90 },
    },
  },
});
