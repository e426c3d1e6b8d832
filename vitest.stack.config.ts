import { defineConfig } from 'vitest/config'

/** Suites that deploy the real stacks to an emulator of AWS. One file at a time: each has an emulator and its functions running. */
export default defineConfig({
  test: {
    // A machine that stalls for seconds is no defect of ours, twice in a row it would be.
    retry: process.env.CI ? 1 : 0,
    // Named by .ci/run, which adds up all runs.
    reporters: process.env.PULSE_TALLY ? ['default', './test/helpers/tally-reporter.ts'] : ['verbose'],
    include: ['test/stack/**/*.test.ts'],
    fileParallelism: false,
    // Of tests side by side: each has functions running, as processes.
    maxConcurrency: 10,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
})
