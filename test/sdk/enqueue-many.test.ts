import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Pulse, type PulseClientError } from '../../shared/sdk/index.ts'
import { sleep } from '../../tasks/sleep.ts'
import { FakeApi, problem, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
let pulse: Pulse
beforeAll(() => api.start())
afterAll(() => api.stop())
beforeEach(() => {
  pulse = new Pulse({ url: api.url }, virtualEdges())
})

const take = (index: number) => ({
  status: 202,
  id: `task_${index}`,
  state: 'PENDING',
  location: `/api/v1/tasks/task_${index}`,
})
type Sent = { tasks: { name: string; payload: unknown; idempotencyKey: string }[] }
const sent = (body: unknown) => (body as Sent).tasks

test('sends the tasks in order, each with a key of its own', async () => {
  api.answer(() => ({ status: 200, body: { items: [take(0), { ...take(1), replayed: true }] } }))
  const outcomes = await pulse.enqueueMany([
    { task: sleep, input: { ms: 1 }, options: { priority: 5 } },
    { task: 'echo', input: [2], options: { idempotencyKey: 'mine' } },
  ])
  expect(outcomes).toEqual([
    { accepted: true, handle: { id: 'task_0', state: 'PENDING', replayed: false } },
    { accepted: true, handle: { id: 'task_1', state: 'PENDING', replayed: true } },
  ])
  const { url, body } = api.last()
  expect(url).toBe('/api/v1/tasks/batch')
  expect(body).toEqual({
    tasks: [
      { name: 'sleep', payload: { ms: 1 }, priority: 5, idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      { name: 'echo', payload: [2], idempotencyKey: 'mine' },
    ],
  })
})

test('H13 cuts by 1,000 tasks and by 4 MiB', async () => {
  api.answer(({ body }) => ({
    status: 200,
    body: { items: sent(body).map(({ payload }) => take(Number(String(payload).slice(0, 6)))) },
  }))
  const small = Array.from({ length: 2_001 }, (_, index) => ({ task: 'echo', input: String(index).padStart(6) }))
  const outcomes = await pulse.enqueueMany(small)
  expect(api.seen.map(({ body }) => sent(body).length)).toEqual([1_000, 1_000, 1])
  expect(outcomes.map(outcome => outcome.accepted && outcome.handle.id)).toEqual(
    small.map((_, index) => `task_${index}`),
  )

  api.seen.length = 0
  const large = Array.from({ length: 40 }, (_, index) => ({
    task: 'echo',
    input: String(index).padEnd(6) + 'ü'.repeat(100_000),
  }))
  expect((await pulse.enqueueMany(large)).every(({ accepted }) => accepted)).toBe(true)
  expect(api.seen.length).toBe(2)
  for (const { text } of api.seen) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4 * 1_048_576)
})

test('P13 repeats only the tasks that were not taken, with the same keys; others keep their error', async () => {
  const refused = { status: 422, problem: { code: 'invalid', status: 422, detail: 'no task is named "nope"' } }
  const busy = { status: 503, problem: { code: 'unavailable', status: 503, detail: 'the store does not answer' } }
  api.answer(
    { status: 200, body: { items: [take(0), refused, busy, busy] } },
    { status: 200, body: { items: [take(2), busy] } },
    {
      status: 200,
      body: { items: [take(3)] },
    },
  )
  const names = ['zero', 'nope', 'two', 'three']
  const outcomes = await pulse.enqueueMany(names.map(task => ({ task, input: 1 })))
  expect(api.seen.map(({ body }) => sent(body).map(({ name }) => name))).toEqual([names, ['two', 'three'], ['three']])
  const keysOfThree = api.seen.map(({ body }) => sent(body).find(({ name }) => name === 'three')?.idempotencyKey)
  expect(new Set(keysOfThree).size).toBe(1)
  expect(outcomes.map(({ accepted }) => accepted)).toEqual([true, false, true, true])
  expect(outcomes[1]).toMatchObject({ error: { code: 'invalid', status: 422, message: 'no task is named "nope"' } })
})

test('gives up on what is never taken after the last repeat', async () => {
  const edges = virtualEdges()
  const busy = { status: 429, problem: { code: 'rate_limited', status: 429, detail: 'slow down' } }
  api.answer({ status: 200, body: { items: [busy] } })
  const outcomes = await new Pulse({ url: api.url, maxRetries: 2 }, edges).enqueueMany([{ task: 'echo', input: 1 }])
  expect(api.seen).toHaveLength(3)
  expect(edges.sleeps).toEqual([100, 200])
  expect(outcomes[0]).toMatchObject({ accepted: false, error: { code: 'rate_limited' } })
})

test('throws when the first request fails as a whole', async () => {
  api.answer(problem(401, 'unauthorized', 'credentials are needed'))
  await expect(pulse.enqueueMany([{ task: 'echo', input: 1 }])).rejects.toMatchObject({ code: 'unauthorized' })
})

test('a later request that fails leaves the outcomes of the earlier ones', async () => {
  api.answer((request, count) =>
    count === 1 ? { status: 200, body: { items: sent(request.body).map((_, index) => take(index)) } } : 'lost',
  )
  const outcomes = await pulse.enqueueMany(
    Array.from({ length: 2_500 }, (_, index) => ({ task: 'echo', input: index })),
  )
  expect(outcomes).toHaveLength(2_500)
  expect(outcomes.findIndex(({ accepted }) => !accepted)).toBe(1_000)
  const error = outcomes[2_499] as { error: PulseClientError }
  expect(error).toMatchObject({ accepted: false, error: { code: 'network', outcomeUnknown: true } })
  expect(api.seen).toHaveLength(1 + 5)
})

test('H11 a task that the answer leaves out is not taken for accepted', async () => {
  api.answer({ status: 200, body: { items: [take(0)] } })
  const outcomes = await pulse.enqueueMany(['a', 'b'].map(task => ({ task, input: 1 })))
  expect(outcomes[1]).toMatchObject({ accepted: false, error: { code: 'internal', outcomeUnknown: true } })
})

test('nothing to submit is no request', async () => {
  api.answer('lost')
  expect(await pulse.enqueueMany([])).toEqual([])
  expect(api.seen).toHaveLength(0)
})
