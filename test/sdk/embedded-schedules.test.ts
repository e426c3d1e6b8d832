import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IdempotencyKeyReusedError, NotFoundError, Pulse, ValidationError } from '../../shared/sdk/index.ts'
import { echo } from '../../tasks/echo.ts'
import { sleep } from '../../tasks/sleep.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

/** The client against the real server, whose clock runs. */
let server: ServerProcess
let pulse: Pulse
beforeAll(async () => {
  server = await startServerProcess()
  pulse = new Pulse({ url: server.url })
})
afterAll(async () => expect(await server.stop()).toEqual({ code: 0, signal: null }))

const limit = { timeout: 15_000 }

describe('schedules', () => {
  test('S2-17 S2-49 every second makes a task, until it is paused', async () => {
    const tags = { of: 'schedule' }
    const schedule = await pulse.schedule(
      echo,
      { n: 7 },
      { every: '1s', name: 'often', tags, task: { tags: { of: 'task' } } },
    )
    expect(schedule).toMatchObject({ state: 'ACTIVE', kind: 'every', every: 'PT1S', task: { payload: { n: 7 } }, tags })
    await expect.poll(() => pulse.schedules.get(schedule), { timeout: 10_000, interval: 50 }).toHaveProperty('last')
    const { last } = await pulse.schedules.pause(schedule, { reason: 'enough' })
    const task = await pulse.wait(last?.taskId ?? '', limit)
    expect(task).toMatchObject({
      state: 'COMPLETED',
      result: { n: 7 },
      scheduleId: schedule.id,
      scheduledFor: last?.scheduledFor,
      tags: { of: 'task' },
    })
    const [latest] = (await pulse.schedules.occurrences(schedule).page()).items
    expect(latest).toMatchObject({ outcome: 'fired', taskId: task.id })
    expect(await pulse.schedules.get(schedule)).toMatchObject({ state: 'PAUSED', pauseReason: 'enough' })
  })

  test('S2-16 after a moment, once', async () => {
    const schedule = await pulse.schedule(echo, 'once', { after: 100 })
    await expect
      .poll(async () => (await pulse.schedules.get(schedule)).state, { timeout: 10_000, interval: 50 })
      .toBe('FINISHED')
    const { last } = await pulse.schedules.get(schedule)
    expect(await pulse.wait(last?.taskId ?? '', limit)).toMatchObject({ result: 'once' })
  })

  test('S2-18 cron: made, changed, triggered, backfilled and removed', async () => {
    const made = await pulse.schedule(sleep, { ms: 1 }, { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
    expect(made).toMatchObject({ name: 'sleep', timeZone: 'Europe/Berlin', generation: 1 })
    expect(await pulse.schedules.upcoming(made, { count: 3 })).toEqual(made.next.slice(0, 3))
    const changes = { task: { ...made.task, payload: { ms: 2 } }, overlap: 'skip' } as const
    const edited = await pulse.schedules.edit(made, changes, { ifGeneration: 1 })
    expect(edited).toMatchObject({ overlap: 'skip', timeZone: 'Europe/Berlin', task: { payload: { ms: 2 } } })
    await expect(pulse.schedules.edit(made, { name: 'x' }, { ifGeneration: 1 })).rejects.toThrow('has changed')
    const handle = await pulse.schedules.trigger<{ sleptMs: number }>(made)
    expect((await pulse.wait(handle, limit)).result?.sleptMs).toBeGreaterThanOrEqual(1)
    const range = { from: new Date(Date.now() - 3 * 86_400_000), to: new Date(Date.now() - 60_000) }
    const { items } = await pulse.schedules.backfill(made, { ...range, dryRun: true })
    expect(items).toHaveLength(3)
    expect((await pulse.schedules.backfill(made, range)).items).toEqual(items)
    expect(await pulse.wait(items[0]?.taskId ?? '', limit)).toMatchObject({ scheduledFor: items[0]?.scheduledFor })
    const listed: string[] = []
    for await (const { id } of pulse.schedules.list({ pageSize: 1 })) listed.push(id)
    expect(listed).toContain(made.id)
    expect(await pulse.schedules.remove(made)).toMatchObject({ id: made.id })
    await expect(pulse.schedules.get(made)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('S2-49 a word means the same when a schedule is made and when it is edited', async () => {
    const words = {
      description: 'of the schedule',
      tags: { of: 'schedule' },
    }
    const task = { description: 'of each task', tags: { of: 'task' } }
    const made = await pulse.schedule(echo, 1, { every: '1d', ...words, task })
    const plain = await pulse.schedule(echo, 1, { every: '1d' })
    const edited = await pulse.schedules.edit(plain, { ...words, task: { ...plain.task, ...task } })
    for (const schedule of [made, edited])
      expect(schedule).toMatchObject({ ...words, task: { name: 'echo', payload: 1, ...task } })
  })

  test('what is refused names the field', async () => {
    const refused = pulse.schedule('slep', { ms: 5 }, { every: '1m' })
    await expect(refused).rejects.toBeInstanceOf(ValidationError)
    await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/task/name' }] })
    await expect(pulse.schedule('sleep', { ms: '5' }, { every: '1m' })).rejects.toMatchObject({
      errors: [{ pointer: '/task/payload/ms' }],
    })
    const idempotencyKey = `schedule-${process.pid}`
    const first = await pulse.schedule(echo, 1, { every: '1h', idempotencyKey })
    expect(await pulse.schedule(echo, 1, { every: '1h', idempotencyKey })).toMatchObject({ id: first.id })
    await expect(pulse.schedule(echo, 2, { every: '1h', idempotencyKey })).rejects.toBeInstanceOf(
      IdempotencyKeyReusedError,
    )
  })
})
