import { setTimeout as delay } from 'node:timers/promises'
import {
  type EventSourceMappingConfiguration,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { expect, onTestFinished, test } from 'vitest'
import type { Lane } from '../../../shared/aws/names.ts'
import type { Task } from '../../helpers/client.ts'
import type { Api } from '../api.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from '../stage.ts'
import { type Drive, depth } from './drive.ts'

/** No attempt starts later than this after a pause was answered (P10). */
const PROMISED_MS = 5_000
/** Tasks are submitted for so long after it, one of each kind every so often. */
const SUBMITTING_MS = 7_000
const EVERY_MS = 700

export function pausing(drive: Drive): void {
  // Tried again: what the emulator loses when a consumer of the stream fails, AWS would bring again.
  test('P10 H32 H65 H66 H68 a paused name and paused priorities hold back theirs and nobody else', {
    retry: 1,
  }, async () => {
    const { api, stage } = drive()
    const byName = await pause(api, { name: 'echo' })
    const byPriority = await pause(api, { priority: 2, for: '8s' })
    const byClaim = await pause(api, { priority: 4 })
    const named: string[] = []
    const urgent: string[] = []
    const stubborn: string[] = []
    const free: string[] = []
    const flaky = { name: 'flaky', payload: { failures: 0 } }
    await keepSubmitting(async () => {
      named.push(await api.submit({ name: 'echo' }))
      urgent.push(await api.submit({ ...flaky, priority: 2 }))
      stubborn.push(await api.submit({ ...flaky, priority: 4 }))
      free.push(await api.submit(flaky))
      // As if the event source had not heard of the pause.
      await turnOn(stage, '4')
    })
    for (const id of free) expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED' })
    await expectHeld(api, named, byName)
    await expectHeld(api, stubborn, byClaim)
    // Workers have looked at them, and put their hints off.
    const { url } = await stage.queue('4')
    await eventually(
      () => depth(stage, url),
      ({ delayed }) => delayed > 0,
    )

    // That of the one priority ends by itself.
    for (const id of urgent) expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    await eventually(
      () => mappingState(stage, '2'),
      state => state === 'Enabled',
    )
    expect(startsAfter(await read(api, urgent), byPriority + PROMISED_MS, byPriority + 8_000)).toEqual([])

    await resume(api, { priority: 4 })
    await resume(api, { name: 'echo' })
    for (const id of [...stubborn, ...named]) {
      expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    }
  })

  test('P10 while everything is paused, submits land, what runs finishes, and nothing is charged', async () => {
    const { api, stage } = drive()
    const running = await api.submit({ name: 'sleeping', payload: { ms: 6_000 } })
    await api.when(running, ({ state }) => state === 'RUNNING')
    const since = await pause(api, {})
    expect((await api.get('/api/v1/dispatch')).body).toMatchObject({ paused: true, pauses: [{ reason: 'the drive' }] })
    const held: string[] = []
    await keepSubmitting(async () => {
      held.push(await api.submit({ name: 'echo', priority: 1 }), await api.submit({ name: 'lengthy' }))
    })
    expect(await api.ended(running)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    await expectHeld(api, held, since)
    for (const lane of ['1', '5', 'long'] as const) {
      await eventually(
        () => mappingState(stage, lane),
        state => state === 'Disabled',
      )
    }

    await resume(api, {})
    for (const id of held) expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect((await api.get('/api/v1/dispatch')).body).toEqual({ paused: false, pauses: [] })
  })
}

type Selector = { readonly name?: string; readonly priority?: number }

/** Whatever becomes of the test, its pause is nobody else's. @returns when it was answered */
async function pause(api: Api, { for: duration, ...selector }: Selector & { for?: string }): Promise<number> {
  onTestFinished(() => resume(api, selector))
  const answer = await api.post('/api/v1/dispatch/pause', { reason: 'the drive', for: duration, ...selector })
  expect(answer.status, answer.text).toBe(200)
  return Date.now()
}

async function resume(api: Api, selector: Selector): Promise<void> {
  const answer = await api.post('/api/v1/dispatch/resume', selector)
  expect(answer.status, answer.text).toBe(200)
}

async function keepSubmitting(submit: () => Promise<void>): Promise<void> {
  const end = Date.now() + SUBMITTING_MS
  while (Date.now() < end) {
    await submit()
    await delay(EVERY_MS)
  }
}

/** The last of them was submitted when the promise counted, so that it waits. */
async function expectHeld(api: Api, ids: readonly string[], since: number): Promise<void> {
  const tasks = await read(api, ids)
  expect(startsAfter(tasks, since + PROMISED_MS)).toEqual([])
  expect(tasks.at(-1)).toMatchObject({ state: 'PENDING', attempt: 0 })
}

function startsAfter(tasks: readonly Task[], from: number, to = Number.POSITIVE_INFINITY): Task[] {
  return tasks.filter(({ startedAt }) => {
    const started = startedAt === undefined ? 0 : Date.parse(startedAt)
    return started > from && started < to
  })
}

function read(api: Api, ids: readonly string[]): Promise<Task[]> {
  return Promise.all(ids.map(id => api.task(id)))
}

async function mappingState(stage: Stage, lane: Lane): Promise<string | undefined> {
  return (await mapping(stage, lane))?.State
}

async function turnOn(stage: Stage, lane: Lane): Promise<void> {
  const UUID = (await mapping(stage, lane))?.UUID
  await stage.clients.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
}

async function mapping(stage: Stage, lane: Lane): Promise<EventSourceMappingConfiguration | undefined> {
  const { EventSourceMappings = [] } = await stage.clients.lambda.send(
    new ListEventSourceMappingsCommand({
      FunctionName: stage.functionName('worker'),
      EventSourceArn: (await stage.queue(lane)).arn,
    }),
  )
  return EventSourceMappings[0]
}
