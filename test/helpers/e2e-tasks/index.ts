import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { defineTask, type TaskContext } from '../../../shared/core/definition.ts'

/** What a handler did, written at once: a process that is killed has left it behind all the same. */
function effect(kind: 'start' | 'end', { id, run, attempt }: TaskContext): void {
  const file = process.env.E2E_EFFECTS
  if (file) appendFileSync(file, `${kind} ${id} ${run} ${attempt} ${Date.now()}\n`)
}

const n = z.int()

export const quick = defineTask({
  name: 'quick',
  input: z.strictObject({ n }),
  run(input, context) {
    effect('start', context)
    effect('end', context)
    return input.n
  },
})

/** Waits, and heeds its signal. */
export const nap = defineTask({
  name: 'nap',
  input: z.strictObject({ n, ms: z.int() }),
  retry: { maxAttempts: 40, backoff: { kind: 'fixed', delay: 100 } },
  timeout: '10m',
  async run(input, context) {
    effect('start', context)
    await delay(input.ms, undefined, { signal: context.signal })
    effect('end', context)
    return input.n
  },
})

/** Fails its first attempts. */
export const shaky = defineTask({
  name: 'shaky',
  input: z.strictObject({ n, failures: z.int() }),
  retry: { maxAttempts: 40, backoff: { kind: 'fixed', delay: 400, jitter: 'none' } },
  run(input, context) {
    effect('start', context)
    if (context.attempt <= input.failures) throw new Error(`attempt ${context.attempt} fails`)
    effect('end', context)
    return input.n
  },
})

/** Never settles, whatever its signal says. */
export const stubborn = defineTask({
  name: 'stubborn',
  timeout: '10m',
  run(_: unknown, context) {
    effect('start', context)
    return new Promise<never>(() => {})
  },
})

/** Computes and lets nobody else in its thread do anything. */
export const spin = defineTask({
  name: 'spin',
  input: z.strictObject({ ms: z.int() }),
  timeout: '10m',
  run({ ms }, context) {
    effect('start', context)
    const end = performance.now() + ms
    let sum = 0
    while (performance.now() < end) sum = (sum * 31 + 7) % 1_000_003
    effect('end', context)
    return sum
  },
})
