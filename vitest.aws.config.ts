import { defineConfig } from 'vitest/config'

/** Suites that need AWS: one emulator serves them all. */
export default defineConfig({
  test: {
    // A machine that stalls for seconds is no defect of ours, twice in a row it would be.
    retry: process.env.CI ? 1 : 0,
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['default'],
    include: ['test/aws/**/*.test.ts', 'test/contract/**/*.test.ts'],
    env: { PULSE_BACKENDS: 'aws' },
    globalSetup: ['test/helpers/emulator.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
