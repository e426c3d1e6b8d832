import { defineConfig } from 'vitest/config'

/** What calls of the API and of tasks cost, counted over the real functions on an emulator of AWS. */
export default defineConfig({
  test: {
    // A machine that stalls for seconds is no defect of ours, twice in a row it would be.
    retry: process.env.CI ? 1 : 0,
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['default'],
    include: ['test/cost/**/*.test.ts'],
    globalSetup: ['test/helpers/emulator.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
