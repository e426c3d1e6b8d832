import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { defineTask, type TaskContext } from '../../../shared/core/definition.ts'

/** Written at once: a process that is killed has left it behind all the same. */
function effect(kind: 'start' | 'end', { id, run, attempt }: TaskContext): void {
  const file = process.env.E2E_EFFECTS
  if (file) appendFileSync(file, `${kind} ${id} ${run} ${attempt} ${Date.now()}\n`)
}

const input = z.strictObject({
  n: z.int(),
  /** How long an attempt takes; the first one may take longer. */
  ms: z.int().default(0),
  firstMs: z.int().optional(),
  /** So many attempts fail. */
  failures: z.int().default(0),
})

const retry = { maxAttempts: 40, backoff: { kind: 'fixed', delay: 1_500, jitter: 'none' } } as const

/** The result tells which attempt it came from. */
export const work = defineTask({
  name: 'work',
  input,
  retry,
  timeout: '10m',
  async run({ n, ms, firstMs, failures }, context) {
    effect('start', context)
    await delay(context.attempt === 1 ? (firstMs ?? ms) : ms, undefined, { signal: context.signal })
    if (context.attempt <= failures) throw new Error(`attempt ${context.attempt} fails`)
    effect('end', context)
    return { n, attempt: context.attempt }
  },
})

/** Computes, and lets nobody else in its thread do anything. */
export const compute = defineTask({
  name: 'compute',
  input,
  retry,
  timeout: '10m',
  run({ n, ms, firstMs }, context) {
    effect('start', context)
    const end = performance.now() + (context.attempt === 1 ? (firstMs ?? ms) : ms)
    while (performance.now() < end);
    effect('end', context)
    return { n, attempt: context.attempt }
  },
})
