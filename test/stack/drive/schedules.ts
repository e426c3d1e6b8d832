import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-scheduler'
import { expect, type TestContext, test } from 'vitest'
import { decodeRow } from '../../../shared/aws/row-codec.ts'
import type { TaskRow } from '../../../shared/core/task.ts'
import type { Api } from '../api.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from '../stage.ts'
import { allItems, type Drive } from './drive.ts'

interface Schedule {
  readonly id: string
  readonly state: string
  readonly nextAt?: string
}
interface Occurrence {
  readonly scheduledFor: string
  readonly outcome: string
  readonly taskId?: string
}

const MINUTE = 60_000
const PACE = 10_000

/** Schedules that people make; those that are declared beside the tasks are in `declared.ts`. */
export function schedules(drive: Drive, reconciles: 'by rule' | 'on demand'): void {
  test('H48 H70 one that fires once does so by its timer, which is gone then, and makes one task', async ({
    onTestFinished,
  }) => {
    const { api, stage } = drive()
    const { id } = await create(api, onTestFinished, { task: { name: 'echo', payload: 'once' }, after: '62s' })
    // Too far ahead for the request to have made it: it is the timer that does, a little early.
    expect(await occurrences(api, id)).toEqual([])
    const [only] = await eventually(
      () => occurrences(api, id),
      found => found.length > 0,
    )
    expect(only).toMatchObject({ outcome: 'fired' })
    const task = await api.ended(only?.taskId ?? '', 100_000)
    expect(task).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'once', scheduledFor: only?.scheduledFor })
    expect(Date.parse(task.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(only?.scheduledFor ?? ''))
    expect(await tasksOf(stage, id)).toHaveLength(1)
    expect(await get(api, id)).toMatchObject({ state: 'FINISHED' })
    expect(await hasTimer(stage, id)).toBe(false)
  })

  test('H70 H71 cron, minute by minute: its timer has each occurrence made once', async ({ onTestFinished }) => {
    const { api, stage } = drive()
    const { id } = await create(api, onTestFinished, { task: { name: 'echo', payload: 'tick' }, cron: '* * * * *' })
    const fired = await eventually(
      () => occurrences(api, id),
      found => found.length >= 2,
      150_000,
    )
    await remove(api, id)
    expect(await hasTimer(stage, id)).toBe(false)
    expect(await isOnceEach(stage, id, MINUTE)).toBe(true)
    // The earliest is due by now; later ones wait for their time.
    expect(await api.ended(fired.at(-1)?.taskId ?? '', 90_000)).toMatchObject({ state: 'COMPLETED', result: 'tick' })
  })

  test('H73 H74 a pause, an edit and a removal hold at once, for the timer as well', async ({ onTestFinished }) => {
    const { api, stage } = drive()
    const { id } = await create(api, onTestFinished, { task: { name: 'echo' }, every: '10s', paused: true })
    expect(await hasTimer(stage, id)).toBe(false)
    expect(await tasksOf(stage, id)).toEqual([])
    await post(api, `${id}/resume`)
    expect(await hasTimer(stage, id)).toBe(true)
    // Those of the next minute are made at once, and wait for their time.
    const made = await tasksOf(stage, id)
    expect(made.length).toBeGreaterThanOrEqual(5)
    const edited = await api.send('PATCH', `/api/v1/schedules/${id}`, { json: { every: '2h' } })
    expect(edited.status, edited.text).toBe(200)
    expect(await timer(stage, id)).toMatchObject({ ScheduleExpression: 'rate(120 minutes)' })
    await post(api, `${id}/pause`)
    expect(await hasTimer(stage, id)).toBe(false)
    await remove(api, id)
    expect((await api.get(`/api/v1/schedules/${id}`)).status).toBe(404)
    expect((await tasksOf(stage, id)).length).toBe(made.length)
  })

  if (reconciles === 'by rule') {
    test('H22 H71 one whose timer never fires is a minute late at most, by reconcile, and makes each task once', async ({
      onTestFinished,
    }) => {
      const { api, stage } = drive()
      const { id } = await create(api, onTestFinished, {
        task: { name: 'echo', payload: 'all the same' },
        every: '10s',
      })
      await stage.clients.scheduler.send(new DeleteScheduleCommand({ GroupName: await group(stage), Name: id }))
      const first = await occurrences(api, id)
      expect(first.length).toBeGreaterThanOrEqual(5)
      await eventually(
        () => occurrences(api, id),
        found => found.length >= first.length + 6,
        150_000,
      )
      await remove(api, id)
      expect(await isOnceEach(stage, id, PACE)).toBe(true)
      const last = (await tasksOf(stage, id)).at(-1)
      expect(await api.ended(last?.id ?? '', 100_000)).toMatchObject({ state: 'COMPLETED', result: 'all the same' })
    })
  }
}

/** Whatever becomes of the test, its schedule goes. */
async function create(api: Api, atEnd: TestContext['onTestFinished'], body: object): Promise<Schedule> {
  const answer = await api.post('/api/v1/schedules', { name: 'of the drive', ...body })
  expect(answer.status, answer.text).toBe(201)
  const schedule = answer.body as Schedule
  atEnd(async () => {
    await api.send('DELETE', `/api/v1/schedules/${schedule.id}`)
  })
  return schedule
}

async function get(api: Api, id: string): Promise<Schedule> {
  const answer = await api.get(`/api/v1/schedules/${id}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body as Schedule
}

async function post(api: Api, path: string): Promise<void> {
  const answer = await api.post(`/api/v1/schedules/${path}`, undefined)
  expect(answer.status, answer.text).toBe(200)
}

async function remove(api: Api, id: string): Promise<void> {
  const answer = await api.send('DELETE', `/api/v1/schedules/${id}`)
  expect(answer.status, answer.text).toBe(200)
}

/** The latest first. */
async function occurrences(api: Api, id: string): Promise<readonly Occurrence[]> {
  const answer = await api.get(`/api/v1/schedules/${id}/occurrences?limit=100`)
  expect(answer.status, answer.text).toBe(200)
  return (answer.body as { items: readonly Occurrence[] }).items
}

/** In the order of their occurrences. */
async function tasksOf(stage: Stage, id: string): Promise<TaskRow[]> {
  const rows = (await allItems(stage)).filter(({ sk }) => sk?.S === 'task').map(decodeRow)
  return rows
    .filter(({ scheduleId }) => scheduleId === id)
    .sort((a, b) => (a.scheduledFor ?? 0) - (b.scheduledFor ?? 0))
}

/** Whether its tasks are one for each occurrence, without a gap. */
async function isOnceEach(stage: Stage, id: string, pace: number): Promise<boolean> {
  const times = (await tasksOf(stage, id)).map(({ scheduledFor = 0 }) => scheduledFor)
  return times.length > 1 && times.every((time, index) => time === (times[0] ?? 0) + index * pace)
}

export async function group(stage: Stage): Promise<string> {
  return JSON.parse(await stage.variable('scheduleTimers', 'occurrence')).group
}

async function timer(stage: Stage, id: string) {
  return stage.clients.scheduler.send(new GetScheduleCommand({ GroupName: await group(stage), Name: id }))
}

export function hasTimer(stage: Stage, id: string): Promise<boolean> {
  return timer(stage, id).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ResourceNotFoundException) return false
      throw error
    },
  )
}

export async function timersOf(stage: Stage): Promise<readonly string[]> {
  const list = new ListSchedulesCommand({ GroupName: await group(stage) })
  const { Schedules = [] } = await stage.clients.scheduler.send(list)
  return Schedules.flatMap(({ Name }) => Name ?? [])
}
