import { defineConfig } from 'vitest/config'

/** Histories of the whole program over a simulated AWS. */
export default defineConfig({
  test: {
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['default'],
    include: ['test/sim/**/*.test.ts'],
    testTimeout: 180_000,
  },
})
