import { describe, expect, test, vi } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { defineTask, type TaskContext } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { gateway, openQueue } from '../helpers/engine.ts'
import { openStore, type TestStore } from '../helpers/engine-workers.ts'

/** A task whose handler does as the test says, and then waits. */
function speaking(speak: (context: TaskContext) => unknown) {
  const release = gateway<unknown>()
  const task = defineTask({
    name: 'speaking',
    timeout: '1h',
    async run(_, context) {
      await speak(context)
      return release.promise
    },
  })
  return { task, release }
}

describe('progress', () => {
  test('is shown on the task within a second, the latest of several', async () => {
    const { task } = speaking(context => {
      context.progress(10, 'first')
      context.progress(20, 'second')
      context.progress(30)
    })
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await queue.clock.advance(999)
    expect((await queue.row(id)).progress).toBeUndefined()
    const before = await queue.row(id)
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({ progress: { percent: 30 }, version: before.version + 1 })
  })

  test('is shown again and again, a second after each report', async () => {
    const more = gateway()
    const { task } = speaking(async context => {
      context.progress(10)
      await more.promise
      context.progress(20)
    })
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await queue.clock.advance(1_000)
    expect((await queue.row(id)).progress).toEqual({ percent: 10 })
    more.open()
    await queue.clock.advance(999)
    expect((await queue.row(id)).progress).toEqual({ percent: 10 })
    await queue.clock.advance(1)
    expect((await queue.row(id)).progress).toEqual({ percent: 20 })
  })

  const odd: Record<string, { given: [number, string?]; shown: unknown }> = {
    'above 100': { given: [250, 'm'], shown: { percent: 100, message: 'm' } },
    'below 0': { given: [-3], shown: { percent: 0 } },
    'not a number': { given: [Number.NaN], shown: { percent: 0 } },
    'a long message': { given: [5, 'x'.repeat(500)], shown: { percent: 5, message: 'x'.repeat(200) } },
  }
  for (const [what, { given, shown }] of Object.entries(odd)) {
    test(`${what} is made to fit`, async () => {
      const { task } = speaking(context => context.progress(...given))
      const queue = await openQueue([task])
      const { id } = await queue.submit()
      await queue.clock.advance(1_000)
      expect((await queue.row(id)).progress).toEqual(shown)
    })
  }

  test('that was reported last is written before the end, and the next attempt starts without it', async () => {
    const flaky = defineTask({
      name: 'flaky',
      retry: { backoff: { kind: 'fixed', delay: '10s', jitter: 'none' } },
      run(_, context) {
        if (context.attempt === 2) return
        context.progress(70)
        throw new Error('x')
      },
    })
    const queue = await openQueue([flaky])
    const { id } = await queue.submit()
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({ state: 'RETRYING', progress: { percent: 70 } })
    await queue.clock.advance(10_000)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', progress: undefined })
  })
})

describe('log lines', () => {
  test('are kept with their attempt, level and fields, and readable at the end', async () => {
    const { task, release } = speaking(({ log }) => {
      log.info('hello', { n: 1 })
      log.warn('careful')
      log.error('ouch', { deep: { a: [1] } })
    })
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await turns()
    release.open(1)
    await turns()
    const base = { at: at('10:00:00'), run: 1, attempt: 1 }
    expect((await queue.engine.logs(localActor, id, 9)).lines).toEqual([
      { ...base, level: 'info', message: 'hello', fields: { n: 1 } },
      { ...base, level: 'warn', message: 'careful' },
      { ...base, level: 'error', message: 'ouch', fields: { deep: { a: [1] } } },
    ])
  })

  test('at most 100 of an attempt are kept, the last of which says so, each of bounded length', async () => {
    const { task } = speaking(({ log }) => {
      log.info('x'.repeat(10_000))
      for (let line = 2; line <= 150; line++) log.info(`line ${line}`)
    })
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await queue.clock.advance(1_000)
    const { lines } = await queue.engine.logs(localActor, id, 200)
    expect(lines).toHaveLength(100)
    expect(lines[0]?.message).toHaveLength(2_000)
    expect(lines[98]?.message).toBe('line 99')
    expect(lines[99]?.message).toMatch(/no more lines are kept: at most 100/)
  })

  test('each attempt has its own hundred', async () => {
    const noisy = defineTask({
      name: 'noisy',
      retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
      run(_, { log, attempt }) {
        for (let line = 0; line < 120; line++) log.info(`attempt ${attempt}`)
        throw new Error('x')
      },
    })
    const queue = await openQueue([noisy])
    const { id } = await queue.submit()
    await queue.clock.advance(2_000)
    const { lines } = await queue.engine.logs(localActor, id, 500)
    expect(lines.map(({ attempt }) => attempt)).toEqual([...Array(100).fill(1), ...Array(100).fill(2)])
  })

  test('with fields that JSON cannot hold are kept all the same, and so are those beside them', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const { task, release } = speaking(({ log }) => {
      log.info('before')
      log.info('big', { n: 1n })
      log.info('round', circle)
      log.info('after', { n: 2 })
    })
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await turns()
    release.open(1)
    await turns()
    expect((await queue.row(id)).state).toBe('COMPLETED')
    const { lines } = await queue.engine.logs(localActor, id, 9)
    expect(lines.map(({ message }) => message)).toEqual(['before', 'big', 'round', 'after'])
    expect(lines[3]?.fields).toEqual({ n: 2 })
    expect(queue.events.filter(({ type }) => type === 'report.failed')).toEqual([])
  })

  test('of enormous fields do not fill the disk', async () => {
    const { task } = speaking(({ log }) => log.info('huge', { text: 'x'.repeat(1_000_000) }))
    const queue = await openQueue([task])
    const { id } = await queue.submit()
    await queue.clock.advance(1_000)
    const { lines } = await queue.engine.logs(localActor, id, 9)
    expect(JSON.stringify(lines).length).toBeLessThan(20_000)
    expect(lines[0]?.message).toBe('huge')
  })
})

/** Each holds one write of a report back until its test lets it through. */
const late = {
  'the last progress': ({ faults }: TestStore, through: Promise<void>) =>
    faults.before(
      change => change.expect !== 'absent' && 'progress' in change.set && change.set.state === undefined,
      () => through,
    ),
  'the last log line': ({ backend: { logs } }: TestStore, through: Promise<void>) => {
    const { append } = logs
    vi.spyOn(logs, 'append').mockImplementationOnce(async (...lines) => {
      await through
      await append(...lines)
    })
  },
}
for (const [what, holdBack] of Object.entries(late)) {
  test(`${what} of an attempt is stored before its end`, async () => {
    const { task, release } = speaking(context => {
      context.progress(90)
      context.log.info('almost')
    })
    release.open('done')
    const store = openStore([task])
    const { id, name } = await store.submit()
    const through = gateway()
    holdBack(store, through.promise)
    const handled = store.worker([task]).handle({ id, name })
    await turns()
    expect((await store.row(id)).state).toBe('RUNNING')
    through.open()
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', progress: { percent: 90 } })
    expect((await store.engine.logs(localActor, id, 9)).lines).toMatchObject([{ message: 'almost' }])
  })
}

test('H38 reports that the store does not take are told as an event and decide nothing', async () => {
  const { task, release } = speaking(context => {
    context.progress(50)
    context.log.info('lost')
  })
  const store = openStore([task])
  const { id, name } = await store.submit()
  const handled = store.worker([task]).handle({ id, name })
  await turns()
  store.faults.down(true)
  await store.clock.advance(1_000)
  store.faults.down(false)
  release.open('done')
  expect(await handled).toBe('ack')
  expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', result: '"done"' })
  expect(store.count('report.failed')).toBe(1)
})
