import { describe, expect, test } from 'vitest'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { Abortion } from '../../shared/ports/handler-runner.ts'
import { createLocalRunner } from '../../shared/worker/run-here.ts'
import { createManualClock, turns } from '../helpers/clock.ts'
import { invocationOf, seenHooks } from '../helpers/engine-runner.ts'

const stuck = defineTask({ name: 'stuck', run: () => new Promise(() => {}) })
const obedient = defineTask({
  name: 'obedient',
  run: (_, { signal }) => new Promise(resolve => signal.addEventListener('abort', () => resolve(signal.reason.why))),
})
const clock = createManualClock()
const runner = createLocalRunner(createRegistry([stuck, obedient]), clock)
const run = (name: string, abortion: Abortion) => runner.run(invocationOf(name), seenHooks(), abortion)

describe('a handler in this thread', () => {
  test('that heeds its signal says itself how it ended', async () => {
    const abortion = new Abortion()
    const end = run('obedient', abortion)
    abortion.abort('canceled')
    expect(await end).toEqual({ kind: 'completed', result: '"canceled"' })
  })

  test('H36 that does not is given up after a grace period', async () => {
    const abortion = new Abortion()
    let ended: unknown
    void run('stuck', abortion).then(end => (ended = end))
    await clock.advance(60_000)
    abortion.abort('timed_out')
    await clock.advance(1_999)
    expect(ended).toBeUndefined()
    await clock.advance(1)
    expect(ended).toEqual({ kind: 'aborted' })
  })

  test('of an attempt that was aborted before it began is given up too', async () => {
    const abortion = new Abortion()
    abortion.abort('stopping')
    const end = run('stuck', abortion)
    await clock.advance(2_000)
    expect(await end).toEqual({ kind: 'aborted' })
  })

  test('that does not exist has failed', async () => {
    expect(await run('nobody', new Abortion())).toMatchObject({
      kind: 'failed',
      error: { message: 'no handler named nobody' },
    })
    await turns(1)
    await runner.close()
  })
})
