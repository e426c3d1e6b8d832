import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NotFoundError, PreconditionFailedError, Pulse } from '../../shared/sdk/index.ts'
import { sleep } from '../../tasks/sleep.ts'
import { FakeApi, problem, shownTask, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
let pulse: Pulse
beforeAll(() => api.start())
afterAll(() => api.stop())
beforeEach(() => {
  pulse = new Pulse({ url: api.url }, virtualEdges())
})

const ID = 'sch_0123456789ABCDEFGHJKMNPQRS'
const schedule = { status: 200, body: { id: ID, name: 'nightly', generation: 3 } }
const asked = () => {
  const { method, url, body } = api.last()
  return [`${method} ${decodeURIComponent(url.replace('/api/v1', ''))}`, body]
}

describe('S2-49 schedule', () => {
  beforeEach(() => api.answer({ status: 201, body: schedule.body }))

  test('by a definition: its name names the schedule, too', async () => {
    expect(await pulse.schedule(sleep, { ms: 5 }, { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })).toEqual(
      schedule.body,
    )
    const task = { name: 'sleep', payload: { ms: 5 } }
    expect(asked()).toEqual(['POST /schedules', { name: 'sleep', task, cron: '0 3 * * *', timeZone: 'Europe/Berlin' }])
  })

  test.each([
    [{ every: '90s' }, { every: '90s' }],
    [{ after: 5_000 }, { after: 5_000 }],
    [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    [{ at: '2030-01-31T00:00:00+01:00' }, { at: '2030-01-31T00:00:00+01:00' }],
  ])('S2-49 by each rule: %j', async (rule, sent) => {
    await pulse.schedule('mail', undefined, rule)
    expect(asked()[1]).toEqual({ name: 'mail', task: { name: 'mail' }, ...sent })
  })

  test('every option travels: what is about the task with the task, the rest beside it', async () => {
    await pulse.schedule(
      sleep,
      { ms: 5 },
      {
        name: 'nightly',
        every: '1h',
        startAt: new Date(0),
        endAt: '2030-01-31T00:00:00Z',
        jitter: '30s',
        overlap: 'skip',
        catchUp: 7,
        description: 'words',
        tags: { of: 'the schedule' },
        paused: true,
        task: {
          priority: 2,
          maxAttempts: 3,
          backoff: 'fixed',
          timeout: '1m',
          expiresIn: '2h',
          title: 'a title',
          description: 'of each task',
          tags: { a: 'b' },
        },
        idempotencyKey: 'mine "1"',
      },
    )
    expect(asked()[1]).toEqual({
      name: 'nightly',
      task: {
        name: 'sleep',
        payload: { ms: 5 },
        priority: 2,
        maxAttempts: 3,
        backoff: 'fixed',
        timeout: '1m',
        expiresIn: '2h',
        title: 'a title',
        description: 'of each task',
        tags: { a: 'b' },
      },
      every: '1h',
      startAt: '1970-01-01T00:00:00.000Z',
      endAt: '2030-01-31T00:00:00Z',
      jitter: '30s',
      overlap: 'skip',
      catchUp: 7,
      description: 'words',
      tags: { of: 'the schedule' },
      paused: true,
    })
    expect(api.last().headers['idempotency-key']).toBe('"mine \\"1\\""')
  })

  test('H4 a lost answer is followed by a repeat with the same key', async () => {
    api.answer('lost', { status: 201, body: schedule.body })
    await pulse.schedule('mail', 1, { every: '1h' })
    await pulse.schedule('mail', 1, { every: '1h' })
    const keys = api.seen.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toMatch(/^"[0-9a-f-]{36}"$/)
    expect(keys).toEqual([keys[0], keys[0], expect.not.stringContaining(String(keys[0]))])
    await expect(pulse.schedule('mail', 1, { every: '1h', idempotencyKey: ' x' })).rejects.toThrow(TypeError)
  })
})

describe('pulse.schedules', () => {
  beforeEach(() => api.answer(schedule))

  test('get, by id or by what a call answered', async () => {
    expect(await pulse.schedules.get(ID)).toEqual(schedule.body)
    expect(asked()).toEqual([`GET /schedules/${ID}`, undefined])
    await pulse.schedules.get(await pulse.schedules.get(ID))
    expect(asked()).toEqual([`GET /schedules/${ID}`, undefined])
  })

  test('an id cannot lead to another path', async () => {
    await pulse.schedules.get('../stats?a=b#c')
    expect(api.last().url).toBe('/api/v1/schedules/..%2Fstats%3Fa%3Db%23c')
    api.answer(schedule)
    // These would lead to the list, and to what is above it.
    for (const id of ['', '.', '..']) await expect(pulse.schedules.get(id)).rejects.toThrow('is no id of a schedule')
    expect(api.seen).toEqual([])
  })

  test('edit: null removes, absence leaves alone, and an answer that is lost is not repeated', async () => {
    const changes = { cron: '0 4 * * *', startAt: null, endAt: new Date(0), jitter: null, description: null } as const
    expect(await pulse.schedules.edit(ID, changes)).toEqual(schedule.body)
    expect(asked()).toEqual([`PATCH /schedules/${ID}`, { ...changes, endAt: '1970-01-01T00:00:00.000Z' }])
    expect(api.last().headers).not.toHaveProperty('if-match')
    await pulse.schedules.edit(
      ID,
      { name: 'x', task: { name: 'mail', payload: undefined, timeout: '5s' } },
      { ifGeneration: 3 },
    )
    expect(asked()[1]).toEqual({ name: 'x', task: { name: 'mail', timeout: '5s' } })
    expect(api.last().headers['if-match']).toBe('"3"')
    api.answer(problem(412, 'precondition_failed', 'it has changed'))
    await expect(pulse.schedules.edit(ID, { name: 'x' })).rejects.toBeInstanceOf(PreconditionFailedError)
    api.answer('lost', schedule)
    await expect(pulse.schedules.edit(ID, { name: 'x' })).rejects.toMatchObject({ outcomeUnknown: true })
    expect(api.seen).toHaveLength(1)
  })

  test('S2-36 S2-37 pause and resume', async () => {
    expect(await pulse.schedules.pause(ID, { reason: 'no ink' })).toEqual(schedule.body)
    expect(asked()).toEqual([`POST /schedules/${ID}/pause`, { reason: 'no ink' }])
    await pulse.schedules.pause(ID)
    expect(asked()).toEqual([`POST /schedules/${ID}/pause`, {}])
    await pulse.schedules.resume(ID)
    expect(asked()).toEqual([`POST /schedules/${ID}/resume`, {}])
  })

  test('trigger sends a key, the same for its repeats', async () => {
    api.answer('lost', {
      status: 202,
      body: shownTask({ id: 'task_7' }),
      headers: { 'idempotency-replayed': 'true' },
    })
    expect(await pulse.schedules.trigger(ID)).toEqual({ id: 'task_7', state: 'PENDING', replayed: true })
    expect(asked()).toEqual([`POST /schedules/${ID}/trigger`, undefined])
    const [first, again] = api.seen.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^"[0-9a-f-]{36}"$/)
    expect(again).toBe(first)
    await pulse.schedules.trigger(ID, { idempotencyKey: 'k' })
    expect(api.last().headers['idempotency-key']).toBe('"k"')
  })

  test('S2-38 remove answers with what was removed; after a lost answer nothing, when it is gone', async () => {
    expect(await pulse.schedules.remove(ID)).toEqual(schedule.body)
    expect(asked()).toEqual([`DELETE /schedules/${ID}`, undefined])
    api.answer('lost', problem(404, 'not_found', 'there is no schedule with this id'))
    expect(await pulse.schedules.remove(ID)).toBeUndefined()
    api.answer(problem(404, 'not_found', 'there is no schedule with this id'))
    await expect(pulse.schedules.remove(ID)).rejects.toBeInstanceOf(NotFoundError)
  })

  test('S2-39 S2-41 list and occurrences are walked page by page', async () => {
    const pages = [
      { status: 200, body: { items: [1, 2], nextCursor: 'c/1' } },
      { status: 200, body: { items: [3] } },
    ] as const
    for (const [list, path] of [
      [() => pulse.schedules.list({ pageSize: 2 }), '/schedules'],
      [() => pulse.schedules.occurrences(ID, { pageSize: 2 }), `/schedules/${ID}/occurrences`],
    ] as const) {
      api.answer(...pages)
      const items: unknown[] = []
      for await (const item of list()) items.push(item)
      expect(items).toEqual([1, 2, 3])
      expect(api.seen.map(({ url }) => url)).toEqual([`/api/v1${path}?limit=2`, `/api/v1${path}?limit=2&cursor=c%2F1`])
    }
  })

  test('B-03 upcoming asks for as many as are wanted, and takes what there is', async () => {
    const page = (count: number, nextCursor?: string) => ({
      status: 200,
      body: { items: Array.from({ length: count }, (_, index) => ({ scheduledFor: `t${index}` })), nextCursor },
    })
    api.answer(page(2))
    expect(await pulse.schedules.upcoming(ID)).toEqual(['t0', 't1'])
    expect(asked()[0]).toBe(`GET /schedules/${ID}/occurrences?when=future&limit=5`)
    api.answer(page(200, 'c'), page(50, 'd'))
    expect(await pulse.schedules.upcoming(ID, { count: 250 })).toHaveLength(250)
    expect(api.seen.map(({ url }) => url.split('?')[1])).toEqual([
      'when=future&limit=200',
      'when=future&limit=50&cursor=c',
    ])
  })

  test('B-03 backfill', async () => {
    const answer = { items: [], dryRun: true }
    api.answer({ status: 200, body: answer })
    expect(await pulse.schedules.backfill(ID, { from: new Date(0), to: '1970-01-02T00:00:00Z', dryRun: true })).toEqual(
      answer,
    )
    const sent = { from: '1970-01-01T00:00:00.000Z', to: '1970-01-02T00:00:00Z', dryRun: true }
    expect(asked()).toEqual([`POST /schedules/${ID}/backfill`, sent])
  })

  test('a signal ends each call', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const calls = [
      () => pulse.schedule('mail', 1, { every: '1h', signal }),
      () => pulse.schedules.get(ID, { signal }),
      () => pulse.schedules.edit(ID, { name: 'x' }, { signal }),
      () => pulse.schedules.pause(ID, { signal }),
      () => pulse.schedules.resume(ID, { signal }),
      () => pulse.schedules.trigger(ID, { signal }),
      () => pulse.schedules.remove(ID, { signal }),
      () => pulse.schedules.upcoming(ID, { signal }),
      () => pulse.schedules.list({ signal }).page(),
      () => pulse.schedules.occurrences(ID, { signal }).page(),
      () => pulse.schedules.backfill(ID, { from: '', to: '', signal }),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow('enough')
    expect(api.seen).toEqual([])
  })
})
