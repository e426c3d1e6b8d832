import { describe, expect, test } from 'vitest'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { always, as, MINUTE, openScheduling, type Scheduling, tick, timeOf } from './scheduling.ts'
import { testTasks } from './setup.ts'

/** All items of a list, page by page. */
async function walk({ ask }: Scheduling, path: string, query: string, most = 50) {
  const pages: { scheduledFor: string; outcome?: string }[][] = []
  let cursor: string | undefined
  do {
    const { status, body } = await ask('GET', path, { query: `${query}${cursor ? `&cursor=${cursor}` : ''}` })
    expect(status).toBe(200)
    pages.push(body.items)
    cursor = body.nextCursor
  } while (cursor && pages.length < most)
  return pages
}

describe('POST …/trigger', () => {
  test('makes one more task now, as a submit would, whatever the pause says', async () => {
    const { create, ask, api } = await openScheduling()
    const { body } = await create(tick({ paused: true }), as('ann:viewer'))
    const triggered = await ask('POST', `/${body.id}/trigger`, { headers: as('ann:viewer') })
    const { id } = triggered.body
    expect(triggered).toMatchObject({
      status: 202,
      headers: { location: `/api/v1/tasks/${id}`, 'retry-after': '1' },
      body: { name: 'echo', state: 'PENDING', run: 1, runAt: timeOf('10:00:00') },
    })
    const task = (await api.call('GET', `/api/v1/tasks/${id}`, { headers: as('ann:viewer') })).body
    expect(task).toMatchObject({ scheduleId: body.id, payload: { n: 1 } })
    // It is no occurrence.
    expect(task).not.toHaveProperty('scheduledFor')
    expect((await ask('GET', `/${body.id}/occurrences`)).body.items).toEqual([
      { scheduledFor: timeOf('10:00:00'), firedAt: timeOf('10:00:00'), outcome: 'triggered', taskId: id },
    ])
  })

  test('a repeat with its Idempotency-Key is the same task; without one it is another', async () => {
    const { create, ask } = await openScheduling()
    const [one, two] = [(await create(tick())).body.id, (await create(tick())).body.id]
    const trigger = (id: string, key?: string) =>
      ask('POST', `/${id}/trigger`, key === undefined ? {} : { headers: { 'idempotency-key': key } })
    const first = await trigger(one, 'k')
    const again = await trigger(one, 'k')
    expect(again).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' }, body: first.body })
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    const others = [await trigger(two, 'k'), await trigger(one, 'other'), await trigger(one), await trigger(one)]
    expect(new Set([first, ...others].map(({ body }) => body.id)).size).toBe(5)
    expect((await ask('GET', `/${one}/occurrences`)).body.items).toHaveLength(4)
    expect(await trigger(one, 'x'.repeat(256))).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: 'idempotency-key' }] },
    })
  })

  test('a task that may not be submitted so often is 429', async () => {
    const seldom = defineTask({ name: 'seldom', submitLimit: { count: 1, per: '1h' }, run: () => 1 })
    const { create, ask } = await openScheduling({ tasks: [...createRegistry([...testTasks, seldom]).values()] })
    const { body } = await create(tick({ task: { name: 'seldom' } }))
    expect((await ask('POST', `/${body.id}/trigger`)).status).toBe(202)
    const refused = await ask('POST', `/${body.id}/trigger`)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(refused.headers['retry-after']).toBe('3600')
  })
})

describe('GET …/occurrences', () => {
  test('S2-41 S2-40 what became of them, the latest first, each with its task', async () => {
    const { create, ask, pass, api } = await openScheduling()
    const { body } = await create(tick({ overlap: 'skip' }))
    await pass(MINUTE + 250)
    await pass(MINUTE)
    // Nobody looks for a while.
    await pass(10 * MINUTE)
    const { items } = (await ask('GET', `/${body.id}/occurrences`)).body
    expect(items).toEqual([
      { scheduledFor: timeOf('10:12:00'), firedAt: '2031-05-17T10:12:00.250Z', outcome: 'overlapping' },
      { scheduledFor: timeOf('10:11:00'), firedAt: '2031-05-17T10:12:00.250Z', outcome: 'missed', count: 9 },
      { scheduledFor: timeOf('10:02:00'), firedAt: '2031-05-17T10:02:00.250Z', outcome: 'overlapping' },
      {
        scheduledFor: timeOf('10:01:00'),
        firedAt: '2031-05-17T10:01:00.250Z',
        outcome: 'fired',
        taskId: expect.stringMatching(/^task_/),
      },
    ])
    const task = await api.call('GET', `/api/v1/tasks/${items.at(-1).taskId}`)
    expect(task.body).toMatchObject({ scheduleId: body.id, scheduledFor: timeOf('10:01:00') })
  })

  test('S2-19 however often an occurrence is fired, it makes one task', async () => {
    const { create, ask, clock, api } = await openScheduling()
    const { body } = await create(tick())
    clock.set(clock.now() + MINUTE)
    const { schedules } = api.embedded
    await Promise.all([schedules.fire(body.id), schedules.fire(body.id, clock.now()), schedules.fireDue(always)])
    await schedules.fire(body.id, clock.now())
    const { items } = (await api.call('GET', '/api/v1/tasks')).body
    expect(items).toMatchObject([{ scheduleId: body.id, scheduledFor: timeOf('10:01:00') }])
    expect((await ask('GET', `/${body.id}/occurrences`)).body.items).toMatchObject([
      { scheduledFor: timeOf('10:01:00'), outcome: 'fired', taskId: items[0].id },
    ])
  })

  test.each([1, 2, 3, 7, 200])('S2-41 pages of %i tell each occurrence once', async limit => {
    const scheduling = await openScheduling()
    const { create, pass } = scheduling
    const { body } = await create(tick({ catchUp: 3 }))
    for (const minutes of [1, 1, 5, 1]) await pass(minutes * MINUTE)
    const pages = await walk(scheduling, `/${body.id}/occurrences`, `limit=${limit}`)
    expect(pages.flat().map(({ scheduledFor, outcome }) => [scheduledFor, outcome])).toEqual([
      [timeOf('10:08:00'), 'fired'],
      [timeOf('10:07:00'), 'fired'],
      [timeOf('10:06:00'), 'fired'],
      [timeOf('10:05:00'), 'fired'],
      [timeOf('10:04:00'), 'missed'],
      [timeOf('10:02:00'), 'fired'],
      [timeOf('10:01:00'), 'fired'],
    ])
    expect(Math.max(...pages.map(page => page.length))).toBeLessThanOrEqual(limit)
  })

  test('B-03 those to come, page by page, to their end', async () => {
    const scheduling = await openScheduling()
    const { create, ask } = scheduling
    const { body } = await create(tick({ every: '10m', endAt: timeOf('10:55:00') }))
    const path = `/${body.id}/occurrences`
    const times = ['10:10:00', '10:20:00', '10:30:00', '10:40:00', '10:50:00'].map(timeOf)
    expect((await ask('GET', path, { query: 'when=future' })).body).toEqual({
      items: times.map(scheduledFor => ({ scheduledFor })),
    })
    const pages = await walk(scheduling, path, 'when=future&limit=2')
    expect(pages.map(page => page.map(({ scheduledFor }) => scheduledFor))).toEqual([
      times.slice(0, 2),
      times.slice(2, 4),
      times.slice(4),
    ])
    expect(await walk(scheduling, path, 'when=future&limit=5')).toHaveLength(1)
    const endless = (await create(tick({ every: '1s' }))).body.id
    const page = (await ask('GET', `/${endless}/occurrences`, { query: 'when=future&limit=200' })).body
    expect(page.items).toHaveLength(200)
    expect(page.nextCursor).toBeTypeOf('string')
  })

  test('SEC-20 a cursor belongs to one schedule, to what is past or to come, and to who got it', async () => {
    const { create, ask, pass } = await openScheduling()
    const [one, two] = [
      (await create(tick(), as('ann:viewer'))).body.id,
      (await create(tick(), as('ann:viewer'))).body.id,
    ]
    await pass(MINUTE)
    await pass(MINUTE)
    const page = (id: string, query: string, who = 'ann:viewer') =>
      ask('GET', `/${id}/occurrences`, { query: `limit=1&${query}`, headers: as(who) })
    const past = (await page(one, 'when=past')).body.nextCursor
    const future = (await page(one, 'when=future')).body.nextCursor
    expect([await page(one, `cursor=${past}`), await page(one, `when=future&cursor=${future}`)]).toMatchObject([
      { status: 200 },
      { status: 200 },
    ])
    for (const foreign of [
      await page(two, `cursor=${past}`),
      await page(one, `when=future&cursor=${past}`),
      await page(one, `cursor=${future}`),
      await page(one, `cursor=${past}`, 'eve:operator'),
      await page(one, `cursor=${past.slice(0, -2)}`),
    ])
      expect(foreign).toMatchObject({ status: 400, body: { errors: [{ pointer: 'cursor' }] } })
  })

  test.each([
    ['when=never', 422, 'when'],
    ['when=past&when=future', 400, 'when'],
    ['limit=201', 422, 'limit'],
    ['state=fired', 400, 'state'],
  ])('%s is refused', async (query, status, pointer) => {
    const { create, ask } = await openScheduling()
    const { body } = await create(tick())
    const refused = await ask('GET', `/${body.id}/occurrences`, { query })
    expect(refused).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })
})

describe('POST …/backfill', () => {
  test('B-03 shows before what it makes, makes it once, and says so', async () => {
    const { create, ask, clock, api } = await openScheduling()
    const { body } = await create(tick({ cron: '*/20 * * * *' }))
    clock.set(clock.now() + 30 * MINUTE)
    const backfill = (more: object = {}) =>
      ask('POST', `/${body.id}/backfill`, { body: { from: timeOf('09:20:00'), to: timeOf('10:00:00'), ...more } })
    const times = ['09:20:00', '09:40:00', '10:00:00'].map(timeOf)
    const shown = await backfill({ dryRun: true })
    const item = (outcome: string) => times.map(scheduledFor => expect.objectContaining({ scheduledFor, outcome }))
    expect(shown).toMatchObject({ status: 200, body: { dryRun: true } })
    expect(shown.body.items).toEqual(item('made'))
    expect((await api.call('GET', '/api/v1/tasks')).body.items).toEqual([])
    const made = await backfill()
    expect(made.body).toEqual({ ...shown.body, dryRun: false })
    expect((await api.call('GET', '/api/v1/tasks')).body.items).toHaveLength(3)
    expect((await backfill()).body.items).toEqual(item('present'))
    expect((await backfill({ dryRun: true })).body.items).toEqual(item('present'))
    const lines = (await ask('GET', `/${body.id}/occurrences`)).body.items
    expect(lines).toMatchObject(
      times.toReversed().map(scheduledFor => ({ scheduledFor, firedAt: timeOf('10:30:00'), outcome: 'backfilled' })),
    )
  })

  test.each([
    [{ from: timeOf('09:00:00') }, 400, '/to'],
    [{ from: timeOf('09:00:00'), to: timeOf('11:00:00') }, 422, '/to'],
    [{ from: timeOf('09:30:00'), to: timeOf('09:00:00') }, 422, '/to'],
    [{ from: '2031-05-01T00:00:00Z', to: timeOf('09:00:00') }, 422, '/to'],
    [{ from: 'monday', to: timeOf('09:00:00') }, 422, '/from'],
    [{ from: timeOf('09:00:00'), to: timeOf('09:10:00'), dryRun: 1 }, 400, '/dryRun'],
    [{ from: timeOf('09:00:00'), to: timeOf('09:10:00'), dryrun: true }, 400, '/dryrun'],
  ])('%j is refused', async (content, status, pointer) => {
    const { create, ask, api } = await openScheduling()
    const { body } = await create(tick({ cron: '* * * * *' }))
    const refused = await ask('POST', `/${body.id}/backfill`, { body: content })
    expect(refused).toMatchObject({ status, body: { errors: [{ pointer }] } })
    expect((await api.call('GET', '/api/v1/tasks')).body.items).toEqual([])
  })

  test('each occurrence whose task is refused says why', async () => {
    const seldom = defineTask({ name: 'seldom', submitLimit: { count: 1, per: '1h' }, run: () => 1 })
    const { create, ask } = await openScheduling({ tasks: [seldom] })
    const { body } = await create(tick({ task: { name: 'seldom' }, cron: '* * * * *' }))
    const content = { from: timeOf('09:00:00'), to: timeOf('09:01:00') }
    const { items } = (await ask('POST', `/${body.id}/backfill`, { body: content })).body
    expect(items.map(({ outcome }: { outcome: string }) => outcome).sort()).toEqual(['made', 'refused'])
    expect(items.find(({ outcome }: { outcome: string }) => outcome === 'refused').detail).toContain('at most 1 tasks')
  })
})
