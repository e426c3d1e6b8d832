import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['default'],
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/e2e/**',
      'test/aws/**',
      'test/cost/**',
      'test/stack/**',
      'test/sim/**',
      'test/model/**',
      'test/processes/**',
      '**/node_modules/**',
    ],
    testTimeout: 20_000,
    coverage: {
      include: ['shared/core/**', 'shared/engine/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
})
