import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { defineTask } from '../shared/core/definition.ts'

const LONGEST_MS = 3_600_000

/**
 * Does nothing for a while, and stops at once when it is told to: on a timeout, a cancel or a shutdown.
 * For more than a minute, submit it with a longer `timeout` as well.
 */
export const sleep = defineTask({
  name: 'sleep',
  input: z.strictObject({ ms: z.int().min(0).max(LONGEST_MS) }),
  timeout: '60s',
  async run({ ms }, { signal }) {
    const started = performance.now()
    await delay(ms, undefined, { signal })
    return { sleptMs: Math.round(performance.now() - started) }
  },
})
