import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { defineTask, snooze } from '../../../shared/core/definition.ts'

/** The handlers that the stack test deploys: each does one thing that a queue has to cope with. */

export const echo = defineTask({ name: 'echo', run: (payload: unknown) => payload })

/** Fails its first attempts, and for good when that is as many as it has. */
export const flaky = defineTask({
  name: 'flaky',
  input: z.strictObject({ failures: z.int(), n: z.int().optional() }),
  retry: { maxAttempts: 3, backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
  run({ failures, n }, { attempt }) {
    if (attempt <= failures) throw new Error(`attempt ${attempt} fails, as do the first ${failures}`)
    return { attempts: attempt, n }
  },
})

/** Says which process it runs in, then sleeps the first time; a second attempt ends at once. */
export const sleeping = defineTask({
  name: 'sleeping',
  input: z.strictObject({ ms: z.int() }),
  async run({ ms }, context) {
    context.progress(0, `in process ${process.pid}`)
    if (context.attempt === 1) await delay(ms, undefined, { signal: context.signal })
    return { attempt: context.attempt, process: process.pid }
  },
})

/** So long a timeout that it travels apart from the others. */
export const lengthy = defineTask({
  name: 'lengthy',
  timeout: '5m',
  run: (payload: unknown) => payload,
})

/** Takes its process down with it. */
export const crash = defineTask({
  name: 'crash',
  run: () => process.exit(1),
})

/** Never succeeds. */
export const fussy = defineTask({
  name: 'fussy',
  run() {
    throw new RangeError('nothing is good enough')
  },
})

/** Its result is a text of so many characters that do not compress. */
export const big = defineTask({
  name: 'big',
  input: z.strictObject({ characters: z.int() }),
  run: ({ characters }) => incompressible(characters),
})

export const talkative = defineTask({
  name: 'talkative',
  async run(_payload: unknown, { log, progress }) {
    log.info('first words', { answer: 42 })
    log.warn('last words')
    progress(50, 'half of it')
  },
})

/** Puts itself off once, then submits another task. */
export const parent = defineTask({
  name: 'parent',
  run(_payload: unknown, context) {
    if (context.attempt === 1) return snooze('1s', 'not yet')
    return context.enqueue(echo, { from: context.id })
  },
})

/** The same text for the same length: base64 of a sequence that no compression sees through. */
export function incompressible(characters: number): string {
  let state = 1
  const bytes = Buffer.alloc(Math.ceil((characters * 3) / 4))
  for (let at = 0; at < bytes.length; at++) {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[at] = state & 0xff
  }
  return bytes.toString('base64').slice(0, characters)
}

export default [echo, flaky, sleeping, lengthy, crash, fussy, big, talkative, parent]
