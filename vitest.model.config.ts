import { defineConfig } from 'vitest/config'

/** The protocol as a small model, searched in full by a model checker. */
export default defineConfig({
  test: {
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['verbose', './test/helpers/tally-reporter.ts'] : ['verbose'],
    include: ['test/model/**/*.test.ts'],
    testTimeout: 240_000,
  },
})
