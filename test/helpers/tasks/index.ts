import { setTimeout as wait } from 'node:timers/promises'
import { defineTask, discard } from '../../../shared/core/definition.ts'

/** Keeps its thread busy, deaf to everything, for so many milliseconds. */
export const blocked = defineTask({
  name: 'blocked',
  run(ms) {
    const end = performance.now() + Number(ms)
    while (performance.now() < end);
    return 'unblocked'
  },
})

export const echo = defineTask({
  name: 'echo',
  run: (input, { id, run, attempt, idempotencyKey }) => ({
    input: input ?? 'nothing',
    id,
    run,
    attempt,
    idempotencyKey,
  }),
})

export const exits = defineTask({ name: 'exits', run: code => process.exit(Number(code)) })

export const throws = defineTask({
  name: 'throws',
  run() {
    throw new RangeError('in its thread')
  },
})

export const throwsLater = defineTask({
  name: 'throws-later',
  async run() {
    setTimeout(() => {
      throw new RangeError('out of nowhere')
    })
    await wait(60_000)
  },
})

/** Forgets a promise that is rejected, and completes. */
export const forgets = defineTask({
  name: 'forgets',
  async run() {
    void Promise.reject(new Error('forgotten'))
    await wait(5)
    return 'completed'
  },
})

/** Runs until it is told to stop, and tells why. */
export const obeys = defineTask({
  name: 'obeys',
  run: (_, { signal, log }) => {
    log.info('started')
    return new Promise<string>(resolve =>
      signal.addEventListener('abort', () => resolve(`stopped: ${signal.reason.why}`)),
    )
  },
})

export const reports = defineTask({
  name: 'reports',
  run(_, { log, progress }) {
    progress(40, 'on the way')
    log.warn('careful', { n: 1, f: () => 1 })
    log.info('big', { n: 1n })
    return discard('reported')
  },
})

export const parent = defineTask({
  name: 'parent',
  async run(input, { enqueue }) {
    const first = await enqueue('echo', input, { priority: 2, delay: '5m', tags: { a: 'b' } })
    const nothing = await enqueue('echo', undefined)
    const refused = await enqueue('nobody', 1).catch(error => error.message)
    const unsendable = await enqueue('echo', { n: 1n }).catch(error => error.name)
    return { first: first.id, nothing: nothing.id, refused, unsendable }
  },
})

/** Enqueues without waiting for the answer, so that it comes when another task runs in this thread. */
export const forgetsItsChild = defineTask({
  name: 'forgets-its-child',
  run(input, { enqueue }) {
    void enqueue('echo', input)
    return 'done'
  },
})

export const unstorable = defineTask({ name: 'unstorable', run: () => (() => 1) as never })
