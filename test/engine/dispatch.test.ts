import { describe, expect, test, vi } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import type { PauseSelector } from '../../shared/core/dispatch.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { tempFolder } from '../helpers/backend-folder.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'
import { admin, alice, gateway, openQueue, refusalOf } from '../helpers/engine.ts'

const email = defineTask({ name: 'email', run: () => 'sent' })
const image = defineTask({ name: 'image', run: () => 'resized' })
const tasks = [email, image]

describe('a pause', () => {
  const selectors: Record<string, { selector: PauseSelector; held: string[] }> = {
    everything: { selector: { kind: 'all' }, held: ['email 1', 'email 2', 'image 1', 'image 2'] },
    'a priority': { selector: { kind: 'priority', priority: 2 }, held: ['email 2', 'image 2'] },
    'a name': { selector: { kind: 'name', name: 'email' }, held: ['email 1', 'email 2'] },
  }
  for (const [what, { selector, held }] of Object.entries(selectors)) {
    test(`P10 of ${what} holds back those tasks alone, charges none, and loses none`, async () => {
      const queue = await openQueue(tasks)
      await queue.engine.pause(admin, selector, 'for the test')
      const rows = await Promise.all(
        ['email', 'image'].flatMap(name =>
          ([1, 2] as const).map(priority => queue.submit({ name, priority, title: `${name} ${priority}` })),
        ),
      )
      await queue.clock.advance(60_000)
      for (const { id } of rows) {
        const { title, ...row } = await queue.row(id)
        const expected = held.includes(title ?? '')
          ? { state: 'PENDING', attempt: 0, attemptsLeft: 5 }
          : { state: 'COMPLETED', attempt: 1 }
        expect(row, title).toMatchObject(expected)
      }
      await queue.engine.resume(admin, selector)
      await turns()
      for (const { id } of rows) expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    })
  }

  test('P10 takes effect at once: nothing starts after its answer', async () => {
    const queue = await openQueue(tasks, { concurrency: 1 })
    const rows = await Promise.all(Array.from({ length: 50 }, () => queue.submit()))
    await queue.engine.pause(admin, { kind: 'all' }, 'now')
    const started = queue.events.filter(({ type }) => type === 'attempt.started').length
    expect(started).toBeLessThan(50)
    await queue.clock.advance(10_000)
    // One claim may have been on its way when the pause was written.
    expect(queue.events.filter(({ type }) => type === 'attempt.started').length).toBeLessThanOrEqual(started + 1)
    await queue.engine.resume(admin, { kind: 'all' })
    await turns(1_000)
    for (const { id } of rows) expect((await queue.row(id)).state).toBe('COMPLETED')
  })

  test('P10 lets submits land and running attempts finish', async () => {
    const release = gateway<string>()
    const queue = await openQueue([defineTask({ name: 'slow', run: () => release.promise }), email])
    const running = await queue.submit()
    await turns()
    await queue.engine.pause(admin, { kind: 'all' }, 'now')
    const landed = await queue.submit({ name: 'email' })
    release.open('finished')
    await turns()
    expect(await queue.row(running.id)).toMatchObject({ state: 'COMPLETED', result: '"finished"' })
    expect((await queue.row(landed.id)).state).toBe('PENDING')
  })

  test('for a while ends by itself', async () => {
    const queue = await openQueue(tasks)
    expect(await queue.engine.pause(admin, { kind: 'name', name: 'email' }, 'a minute', 60_000)).toEqual([
      {
        selector: { kind: 'name', name: 'email' },
        reason: 'a minute',
        actor: 'admin@desk',
        since: at('10:00:00'),
        until: at('10:01:00'),
      },
    ])
    const { id } = await queue.submit()
    await queue.clock.advance(59_999)
    expect((await queue.row(id)).state).toBe('PENDING')
    expect(await queue.engine.dispatch(admin)).toHaveLength(1)
    await queue.clock.advance(1)
    expect((await queue.row(id)).state).toBe('COMPLETED')
    expect(await queue.engine.dispatch(admin)).toEqual([])
  })

  test('P10 that the store does not take does not hold: it is told when it is durable', async () => {
    const queue = await openQueue(tasks)
    vi.spyOn(queue.backend.dispatch, 'put').mockRejectedValueOnce(new StoreUnavailable('the disk is full'))
    await expect(queue.engine.pause(admin, { kind: 'all' }, 'for the test')).rejects.toThrow(StoreUnavailable)
    expect(await queue.engine.dispatch(admin)).toEqual([])
    const { id } = await queue.submit()
    await turns()
    expect(queue.starts(id)).toEqual([1])
  })

  test('P10 that the store does not remove holds: its end is told when it is durable', async () => {
    const queue = await openQueue(tasks)
    const paused = await queue.engine.pause(admin, { kind: 'all' }, 'for the test')
    const { id } = await queue.submit()
    vi.spyOn(queue.backend.dispatch, 'remove').mockRejectedValueOnce(new StoreUnavailable('the disk is full'))
    await expect(queue.engine.resume(admin, { kind: 'all' })).rejects.toThrow(StoreUnavailable)
    await queue.clock.advance(60_000)
    expect(queue.starts(id)).toEqual([])
    expect(queue.events.filter(({ type }) => type === 'dispatch.resumed')).toEqual([])
    expect(await queue.engine.dispatch(admin)).toEqual(paused)
    expect(await queue.engine.resume(admin, { kind: 'all' })).toEqual([])
    await turns()
    expect(queue.starts(id)).toEqual([1])
  })

  test('P10 survives a restart, and so does its end', async () => {
    const folder = tempFolder()
    const clock = createManualClock()
    const first = await openQueue(tasks, { folder, clock })
    await first.engine.pause(admin, { kind: 'name', name: 'email' }, 'for good')
    await first.engine.pause(admin, { kind: 'priority', priority: 4 }, 'for a while', 60_000)
    const [paused, later, free] = [
      await first.submit(),
      await first.submit({ name: 'image', priority: 4 }),
      await first.submit({ name: 'image' }),
    ]
    await first.close()
    const second = await openQueue(tasks, { folder, clock })
    await clock.advance(1_000)
    const state = async (row: { id: string }) => (await second.row(row.id)).state
    expect([await state(paused), await state(later), await state(free)]).toEqual(['PENDING', 'PENDING', 'COMPLETED'])
    await clock.advance(60_000)
    expect([await state(paused), await state(later)]).toEqual(['PENDING', 'COMPLETED'])
    await second.engine.resume(admin, { kind: 'name', name: 'email' })
    await turns()
    expect(await state(paused)).toBe('COMPLETED')
  })

  test('holds back the retry of a task that failed before it', async () => {
    const flaky = defineTask({
      name: 'flaky',
      retry: { backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
      run: (_, { attempt }) => {
        if (attempt === 1) throw new Error('x')
      },
    })
    const queue = await openQueue([flaky])
    const { id } = await queue.submit()
    await turns()
    await queue.engine.pause(admin, { kind: 'name', name: 'flaky' }, 'now')
    await queue.clock.advance(30_000)
    expect(await queue.row(id)).toMatchObject({ state: 'RETRYING', attempt: 1 })
    await queue.engine.resume(admin, { kind: 'name', name: 'flaky' })
    await turns()
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 2 })
  })

  test('each selector by itself: one ends, the other holds', async () => {
    const queue = await openQueue(tasks)
    await queue.engine.pause(admin, { kind: 'all' }, 'a')
    await queue.engine.pause(admin, { kind: 'name', name: 'email' }, 'b')
    const { id } = await queue.submit()
    expect(await queue.engine.resume(admin, { kind: 'all' })).toMatchObject([{ reason: 'b' }])
    await queue.clock.advance(5_000)
    expect((await queue.row(id)).state).toBe('PENDING')
    expect(await queue.engine.resume(admin, { kind: 'name', name: 'image' })).toHaveLength(1)
    await queue.engine.resume(admin, { kind: 'name', name: 'email' })
    await turns()
    expect((await queue.row(id)).state).toBe('COMPLETED')
  })

  test('SEC-18 is no matter for a viewer, and an unknown name is refused', async () => {
    const { engine } = await openQueue(tasks)
    expect(await refusalOf(engine.pause(alice, { kind: 'all' }, 'x'))).toMatchObject({ code: 'forbidden' })
    expect(await refusalOf(engine.resume(alice, { kind: 'all' }))).toMatchObject({ code: 'forbidden' })
    expect(await refusalOf(engine.pause(admin, { kind: 'name', name: 'emial' }, 'x'))).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: '/name', detail: expect.stringMatching(/did you mean "email"/) }],
    })
    expect(await engine.dispatch(admin)).toEqual([])
  })

  test('H102 a priority that a task was moved into while its claim was on its way is held back', async () => {
    const queue = await openQueue([email])
    await queue.engine.pause(admin, { kind: 'priority', priority: 5 }, 'x')
    const { id } = await queue.submit({ delayMs: 10_000 })
    await queue.engine.edit({ ...alice, owner: 'local' }, id, { priority: 5 })
    await queue.clock.advance(20_000)
    expect(await queue.row(id)).toMatchObject({ state: 'PENDING', attempt: 0 })
    await queue.engine.edit({ ...alice, owner: 'local' }, id, { priority: 1 })
    await turns()
    expect((await queue.row(id)).state).toBe('COMPLETED')
  })
})
