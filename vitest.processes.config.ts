import { defineConfig } from 'vitest/config'

/** Histories of the real server as processes that are killed, stopped and started again, behind a network that fails. */
export default defineConfig({
  test: {
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['verbose', './test/helpers/tally-reporter.ts'] : ['verbose'],
    include: ['test/processes/**/*.test.ts'],
    // Of histories side by side: most of them wait for a lease to end.
    maxConcurrency: 5,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
})
