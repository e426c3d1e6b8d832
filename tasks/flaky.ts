import * as z from 'zod'
import { defineTask, MAX_ATTEMPTS_LIMIT } from '../shared/core/definition.ts'

/**
 * Fails the first `failures` attempts of each run, then succeeds: shows retries, and from 5 failures on the dead
 * letters.
 */
export const flaky = defineTask({
  name: 'flaky',
  input: z.strictObject({ failures: z.int().min(0).max(MAX_ATTEMPTS_LIMIT) }),
  retry: { maxAttempts: 5, backoff: { kind: 'exponential', delay: '200ms', cap: '5s' } },
  run({ failures }, { attempt }) {
    if (attempt <= failures) throw new Error(`attempt ${attempt} fails, as do the first ${failures}`)
    return { attempts: attempt }
  },
})
