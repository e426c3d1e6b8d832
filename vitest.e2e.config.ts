import { defineConfig } from 'vitest/config'

/** Suites that start real servers. One file at a time: they measure, kill and fill the machine. */
export default defineConfig({
  test: {
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['default'],
    include: ['test/e2e/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
