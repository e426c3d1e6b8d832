import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotFoundError, Pulse, WaitTimeoutError } from '../../shared/sdk/index.ts'
import { FakeApi, problem, type Seen, shownTask, TASK_ID, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
beforeAll(() => api.start())
afterAll(() => api.stop())

const running = { status: 200, body: shownTask({ state: 'RUNNING' }) }
const completed = { status: 200, body: shownTask({ state: 'COMPLETED', result: 7 }) }

function client() {
  const edges = virtualEdges()
  return { pulse: new Pulse({ url: api.url }, edges), edges }
}

/** Lets the time pass that a request asks the server to wait. */
function waitedFor({ headers }: Seen, edges: ReturnType<typeof virtualEdges>): number {
  const seconds = Number(/^wait=(\d+)$/.exec(String(headers.prefer))?.[1] ?? 0)
  edges.pass(seconds * 1_000)
  return seconds
}

test('asks the server to wait, again and again, until the task has ended', async () => {
  const { pulse, edges } = client()
  const waits: number[] = []
  api.answer((request, count) => {
    waits.push(waitedFor(request, edges))
    return count < 4 ? running : completed
  })
  expect(await pulse.wait(TASK_ID)).toMatchObject({ state: 'COMPLETED', result: 7 })
  expect(waits).toEqual([20, 20, 20, 20])
  expect(edges.sleeps).toEqual([])
})

test.each(['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'])('%s is an end, and no error', async state => {
  api.answer({ status: 200, body: shownTask({ state }) })
  expect(await client().pulse.wait(TASK_ID)).toMatchObject({ state })
  expect(api.seen).toHaveLength(1)
})

test.each(['PENDING', 'SCHEDULED', 'RETRYING', 'RUNNING'])('%s is none', async state => {
  api.answer({ status: 200, body: shownTask({ state }) }, completed)
  expect(await client().pulse.wait(TASK_ID)).toMatchObject({ state: 'COMPLETED' })
  expect(api.seen).toHaveLength(2)
})

describe('timeout', () => {
  test('is kept to: whole seconds by the server, the rest by short pauses', async () => {
    const { pulse, edges } = client()
    const waits: number[] = []
    api.answer(request => {
      waits.push(waitedFor(request, edges))
      return running
    })
    const started = edges.now()
    const error = await pulse.wait(TASK_ID, { timeout: 22_500 }).catch((thrown: unknown) => thrown)
    expect(edges.now() - started).toBe(22_500)
    expect(waits.slice(0, 3)).toEqual([20, 2, 0])
    expect(error).toBeInstanceOf(WaitTimeoutError)
    expect(error).toMatchObject({ code: 'wait_timeout', task: running.body })
    expect((error as Error).message).toBe(
      `task ${TASK_ID} is still RUNNING after 22500 ms: wait again, or look at its history`,
    )
  })
  test('of 0 is one look', async () => {
    api.answer(running)
    await expect(client().pulse.wait(TASK_ID, { timeout: 0 })).rejects.toBeInstanceOf(WaitTimeoutError)
    expect(api.seen).toHaveLength(1)
    expect(api.last().headers).not.toHaveProperty('prefer')
    api.answer(completed)
    expect(await client().pulse.wait(TASK_ID, { timeout: 0 })).toMatchObject({ result: 7 })
  })
})

test('a server that does not wait is not asked without a pause', async () => {
  const { pulse, edges } = client()
  api.answer((_request, count) => (count < 8 ? running : completed))
  await pulse.wait(TASK_ID)
  expect(edges.sleeps).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
})

test('waiting outlasts a lost connection; an unknown task ends it', async () => {
  api.answer('lost', { status: 503 }, running, completed)
  expect(await client().pulse.wait(TASK_ID)).toMatchObject({ state: 'COMPLETED' })
  api.answer(problem(404, 'not_found', 'there is no such task'))
  await expect(client().pulse.wait(TASK_ID)).rejects.toBeInstanceOf(NotFoundError)
})

test('the request may take as long as the server was asked to wait, and its own timeout on top', async () => {
  api.answer('silent')
  const pulse = new Pulse({ url: api.url, timeout: 50, maxRetries: 0 }, virtualEdges())
  const started = performance.now()
  await expect(pulse.wait(TASK_ID, { timeout: 1_200 })).rejects.toThrow(/no answer in time/)
  expect(performance.now() - started).toBeGreaterThanOrEqual(1_045)
})

test('a signal ends it with its reason', async () => {
  const controller = new AbortController()
  api.answer(() => {
    controller.abort(new Error('enough'))
    return running
  })
  await expect(client().pulse.wait(TASK_ID, { signal: controller.signal })).rejects.toThrow('enough')
})
