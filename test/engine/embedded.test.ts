import { describe, expect, test, vi } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { tempFolder } from '../helpers/backend-folder.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'
import { admin, alice, gateway, openQueue } from '../helpers/engine.ts'

const HOUR = 3_600_000
const plain = defineTask({ name: 'plain', run: () => 1 })

describe('the embedded queue', () => {
  test('runs so many handlers at a time and no more', async () => {
    let most = 0
    let now = 0
    const gates = Array.from({ length: 12 }, () => gateway())
    const task = defineTask({
      name: 'task',
      async run(index) {
        most = Math.max(most, ++now)
        await gates[Number(index)]?.promise
        now--
      },
    })
    const queue = await openQueue([task], { concurrency: 4 })
    for (let index = 0; index < 12; index++) await queue.submit({ payload: index })
    await turns()
    expect(now).toBe(4)
    for (const each of gates) {
      each.open()
      await turns()
    }
    expect(most).toBe(4)
    expect(await queue.backend.stats.counts()).toEqual([{ name: 'task', state: 'COMPLETED', count: 12 }])
  })

  test('P7 starts a delayed task at its time', async () => {
    const queue = await openQueue([plain])
    const { id } = await queue.submit({ delayMs: HOUR / 2 + 123 })
    await queue.clock.advance(HOUR / 2 + 122)
    expect(queue.starts(id)).toEqual([])
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', startedAt: at('10:30:00') + 123 })
  })

  test('H114 after a restart everything is as it was: waiting, delayed, and running elsewhere', async () => {
    const folder = tempFolder()
    const clock = createManualClock()
    const first = await openQueue([plain], { folder, clock, running: false })
    const [due, delayed] = [await first.submit(), await first.submit({ delayMs: 60_000 })]
    const left = await first.submit()
    await first.backend.tasks.commit({
      task: left.id,
      expect: [],
      set: {
        state: 'RUNNING',
        attempt: 1,
        attemptsLeft: 4,
        leaseToken: 'of the process that died',
        wakeAt: at('10:00:20'),
      },
    })
    await first.close()
    clock.set(at('10:00:05'))
    const second = await openQueue([plain], { folder, clock })
    await clock.advance(1)
    expect((await second.row(due.id)).state).toBe('COMPLETED')
    await clock.advance(14_998)
    expect((await second.row(left.id)).state).toBe('RUNNING')
    await clock.advance(1)
    expect(await second.row(left.id)).toMatchObject({ state: 'COMPLETED', attempt: 2 })
    expect((await second.row(delayed.id)).state).toBe('PENDING')
    await clock.advance(40_000)
    expect((await second.row(delayed.id)).state).toBe('COMPLETED')
  })

  test('drains: takes no more work, lets what runs finish, and gives back what does not', async () => {
    const release = gateway<string>()
    const reasons: string[] = []
    const quick = defineTask({ name: 'quick', run: () => release.promise })
    const stuck = defineTask({
      name: 'stuck',
      timeout: '1h',
      run: (_, { signal }) =>
        new Promise((_, no) => signal.addEventListener('abort', () => no(reasons.push(signal.reason.why)))),
    })
    const queue = await openQueue([quick, stuck])
    const [a, b] = [await queue.submit(), await queue.submit({ name: 'stuck' })]
    await turns()
    let drained = false
    const draining = queue.drain(10_000).then(() => (drained = true))
    const late = await queue.submit()
    await queue.clock.advance(5_000)
    release.open('in time')
    await queue.clock.advance(4_999)
    expect([drained, reasons]).toEqual([false, []])
    await queue.clock.advance(1)
    await draining
    expect(reasons).toEqual(['stopping'])
    expect(await queue.row(a.id)).toMatchObject({ state: 'COMPLETED', result: '"in time"' })
    expect(await queue.row(b.id)).toMatchObject({
      state: 'PENDING',
      attempt: 1,
      attemptsLeft: 5,
      leaseToken: undefined,
    })
    expect(await queue.row(late.id)).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('drains at once when nothing runs, and leaves no timer that would keep its process', async () => {
    const queue = await openQueue([plain])
    await queue.submit()
    await turns()
    await queue.drain(60_000)
    await queue.close()
    expect(queue.clock.timers()).toBe(0)
  })

  test('P8 removes what has ended after its retention, which is at least a day', async () => {
    const queue = await openQueue([plain], { retentionMs: 1 })
    const { row } = await queue.engine.submit(alice, { name: 'plain' }, 'key-1')
    await queue.clock.advance(1)
    queue.clock.set(at('10:00:00') + 24 * HOUR - 3_000)
    await queue.clock.advance(2_000)
    expect((await queue.engine.submit(alice, { name: 'plain' }, 'key-1')).replayed).toBe(true)
    queue.clock.set(at('10:00:00') + 24 * HOUR + 5_000)
    await queue.clock.advance(2_000)
    expect(await queue.backend.tasks.read(row.id)).toBeUndefined()
    expect((await queue.engine.submit(alice, { name: 'plain' }, 'key-1')).replayed).toBe(false)
  })

  test('H81 removes records when their time is over', async () => {
    const queue = await openQueue([plain])
    const key = { partition: 'sessions', sort: 'ada' }
    await queue.backend.records.write([{ key, expect: 'absent', value: 1, expiresAt: at('10:00:05') }])
    await queue.clock.advance(4_000)
    expect(await queue.backend.records.read(key)).toMatchObject({ expiresAt: at('10:00:05') })
    await queue.clock.advance(3_000)
    expect(await queue.backend.records.read(key)).toBeUndefined()
  })

  test('H52 H109 upkeep that fails once says so, and does the next time what it could not', async () => {
    const queue = await openQueue([plain])
    await queue.engine.pause(admin, { kind: 'all' }, 'nobody claims')
    const { id } = await queue.submit({ expiresAt: at('10:00:10') })
    await queue.clock.advance(9_999)
    const full = new StoreUnavailable('the disk is full')
    vi.spyOn(queue.backend.purge, 'step').mockRejectedValueOnce(full)
    await queue.clock.advance(1)
    expect(queue.events.filter(({ type }) => type === 'store.failed')).toEqual([{ type: 'store.failed', error: full }])
    expect((await queue.row(id)).state).toBe('PENDING')
    await queue.clock.advance(1_000)
    expect((await queue.row(id)).state).toBe('EXPIRED')
  })

  test('H115 a machine that slept goes on with what it was running', async () => {
    const release = gateway<string>()
    const queue = await openQueue([defineTask({ name: 'slow', timeout: '10h', run: () => release.promise })])
    const { id } = await queue.submit()
    await queue.clock.advance(5_000)
    queue.clock.set(at('13:00:00'))
    await queue.clock.advance(10_000)
    expect(await queue.row(id)).toMatchObject({ state: 'RUNNING', attempt: 1 })
    release.open('after the sleep')
    await turns()
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect(queue.starts(id)).toEqual([1])
  })
})
