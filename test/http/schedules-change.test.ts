import { describe, expect, test } from 'vitest'
import { as, MINUTE, openScheduling, tick, timeOf } from './scheduling.ts'

describe('PATCH /api/v1/schedules/{id}', () => {
  test('changes each field, null removes, and what is not named stays', async () => {
    const { create, ask, clock } = await openScheduling()
    const options = {
      startAt: timeOf('11:00:00'),
      endAt: timeOf('22:00:00'),
      jitter: '5s',
      overlap: 'skip',
      catchUp: 3,
    }
    const { body } = await create(tick({ ...options, cron: '0 * * * *', description: 'old', tags: { a: 'b' } }))
    clock.set(clock.now() + 1_000)
    const edited = await ask('PATCH', `/${body.id}`, {
      body: {
        name: 'tock',
        task: { name: 'default', payload: [2], priority: 5 },
        startAt: timeOf('12:30:00'),
        endAt: null,
        jitter: null,
        overlap: 'allow',
        catchUp: 'skip',
        description: null,
        tags: { c: 'd' },
      },
    })
    expect(edited).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    const { endAt: _, jitter: __, description: ___, ...rest } = body
    expect(edited.body).toEqual({
      ...rest,
      name: 'tock',
      task: { name: 'default', payload: [2], priority: 5 },
      startAt: timeOf('12:30:00'),
      overlap: 'allow',
      catchUp: 'skip',
      tags: { c: 'd' },
      nextAt: timeOf('13:00:00'),
      next: [13, 14, 15, 16, 17].map(hour => timeOf(`${hour}:00:00`)),
      generation: 2,
      updatedAt: timeOf('10:00:01'),
    })
    const bare = await ask('PATCH', `/${body.id}`, { body: { startAt: null, tags: null } })
    for (const field of ['startAt', 'tags']) expect(bare.body).not.toHaveProperty(field)
    expect(bare.body.nextAt).toBe(timeOf('11:00:00'))
  })

  test('another rule replaces the rule; another expression keeps its time zone, and the other way round', async () => {
    const { create, ask } = await openScheduling()
    const { body } = await create(tick({ cron: '0 12 * * *', timeZone: 'Asia/Tokyo' }))
    const edit = async (changes: object) => (await ask('PATCH', `/${body.id}`, { body: changes })).body
    expect(await edit({ cron: '0 20 * * *' })).toMatchObject({ timeZone: 'Asia/Tokyo', nextAt: timeOf('11:00:00') })
    expect(await edit({ timeZone: 'UTC' })).toMatchObject({ cron: '0 20 * * *', nextAt: timeOf('20:00:00') })
    const steady = await edit({ every: '1h' })
    expect(steady).toMatchObject({ kind: 'every', every: 'PT3600S', nextAt: timeOf('11:00:00') })
    for (const field of ['cron', 'timeZone']) expect(steady).not.toHaveProperty(field)
    expect(await edit({ cron: '0 20 * * *' })).toMatchObject({ kind: 'cron', timeZone: 'UTC' })
    expect(await edit({ at: timeOf('10:30:00') })).toMatchObject({ kind: 'at', next: [timeOf('10:30:00')] })
  })

  test('If-Match: the generation that was read passes, a stale one is 412 and changes nothing', async () => {
    const { create, ask, pass } = await openScheduling()
    const made = await create(tick())
    const first = made.headers.etag ?? ''
    // A fire changes nothing that a person could have based a change on.
    await pass(MINUTE)
    const edit = (name: string, match: string) =>
      ask('PATCH', `/${made.body.id}`, { body: { name }, headers: { 'if-match': match } })
    expect((await ask('GET', `/${made.body.id}`)).headers.etag).toBe(first)
    const edited = await edit('one', first)
    expect(edited).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect(await edit('two', first)).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed', generation: 2 },
    })
    expect(await edit('two', `W/"2"`)).toMatchObject({ status: 412 })
    expect(await edit('two', `"other", ${first}`)).toMatchObject({ status: 412 })
    expect((await ask('GET', `/${made.body.id}`)).body).toMatchObject({ name: 'one', generation: 2 })
    expect(await edit('three', `${first}, "2"`)).toMatchObject({ status: 200 })
    expect(await edit('four', '*')).toMatchObject({ status: 200, body: { name: 'four', generation: 4 } })
    expect(await edit('five', 'bare')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'if-match' }] } })
  })

  test.each([
    [{}, 422, ''],
    [{ paused: true }, 400, '/paused'],
    [{ name: null }, 400, '/name'],
    [{ cron: 'soon' }, 422, '/cron'],
    [{ every: '1m', after: '1m' }, 422, '/every'],
    [{ task: { payload: 1 } }, 400, '/task/name'],
    [{ task: { name: 'nobody' } }, 422, '/task/name'],
    [{ endAt: timeOf('09:00:00') }, 422, '/endAt'],
    [{ catchUp: null }, 400, '/catchUp'],
  ])('an edit that cannot be is refused and changes nothing: %j', async (changes, status, pointer) => {
    const { create, ask } = await openScheduling()
    const { body } = await create(tick())
    const refused = await ask('PATCH', `/${body.id}`, { body: changes })
    expect(refused.status).toBe(status)
    expect(refused.body.errors.map((each: { pointer: string }) => each.pointer)).toContain(pointer)
    expect((await ask('GET', `/${body.id}`)).body).toEqual(body)
  })

  test('H72 what is due already is due by the rule as it was', async () => {
    const { create, ask, clock } = await openScheduling()
    const { body } = await create(tick())
    clock.set(clock.now() + MINUTE + 1)
    const edited = await ask('PATCH', `/${body.id}`, { body: { every: '1h' } })
    expect(edited.body).toMatchObject({
      last: { scheduledFor: timeOf('10:01:00') },
      nextAt: '2031-05-17T11:01:00.001Z',
    })
  })
})

describe('pause, resume and delete', () => {
  test('S2-36 a pause says who, when and why, and holds occurrences back', async () => {
    const { create, ask, pass } = await openScheduling()
    const { body } = await create(tick(), as('ann:viewer'))
    await pass(30_000)
    const paused = await ask('POST', `/${body.id}/pause`, { body: { reason: 'no ink' }, headers: as('ann:viewer') })
    expect(paused).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { state: 'PAUSED', paused: true, pausedAt: timeOf('10:00:30'), pausedBy: 'by-ann', pauseReason: 'no ink' },
    })
    expect(paused.body).not.toHaveProperty('nextAt')
    await pass(5 * MINUTE)
    expect((await ask('GET', `/${body.id}`)).body).not.toHaveProperty('last')
    const again = await ask('POST', `/${body.id}/pause`)
    expect(again).toMatchObject({ status: 200, body: { paused: true } })
    expect(again.body).not.toHaveProperty('pauseReason')
    for (const reason of ['', 'x'.repeat(501)])
      expect(await ask('POST', `/${body.id}/pause`, { body: { reason } })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/reason' }] },
      })
  })

  test('S2-37 it goes on with the next occurrence; one that is not paused stays as it is', async () => {
    const { create, ask, pass } = await openScheduling()
    const { body } = await create(tick({ paused: true, catchUp: 100 }))
    await pass(5 * MINUTE + 30_000)
    const resumed = await ask('POST', `/${body.id}/resume`)
    expect(resumed).toMatchObject({ status: 200, body: { state: 'ACTIVE', paused: false, nextAt: timeOf('10:06:00') } })
    for (const field of ['pausedAt', 'pausedBy', 'pauseReason', 'last']) expect(resumed.body).not.toHaveProperty(field)
    await pass(30_000)
    const { last } = (await ask('GET', `/${body.id}`)).body
    expect(last.scheduledFor).toBe(timeOf('10:06:00'))
    expect(await ask('POST', `/${body.id}/resume`)).toMatchObject({ status: 200, body: { paused: false, last } })
  })

  test('S2-38 DELETE answers with the schedule as it was; it fires no more, and its tasks stay', async () => {
    const { create, ask, pass, api } = await openScheduling()
    const { body } = await create(tick())
    await pass(MINUTE)
    const read = (await ask('GET', `/${body.id}`)).body
    const removed = await ask('DELETE', `/${body.id}`)
    expect(removed.status).toBe(200)
    expect(removed.body).toEqual(read)
    expect((await ask('GET', `/${body.id}`)).status).toBe(404)
    expect((await ask('DELETE', `/${body.id}`)).status).toBe(404)
    await pass(MINUTE)
    const { items } = (await api.call('GET', '/api/v1/tasks')).body
    expect(items).toMatchObject([{ id: read.last.taskId, scheduleId: body.id }])
  })

  test('operators change what is somebody else’s', async () => {
    const { create, ask } = await openScheduling()
    const { body } = await create(tick(), as('ann:viewer'))
    const headers = as('eve:operator')
    expect((await ask('PATCH', `/${body.id}`, { body: { name: 'hers' }, headers })).body.name).toBe('hers')
    expect((await ask('POST', `/${body.id}/pause`, { headers })).body.pausedBy).toBe('by-eve')
    expect((await ask('POST', `/${body.id}/resume`, { headers })).status).toBe(200)
    const triggered = await ask('POST', `/${body.id}/trigger`, { headers })
    const task = await ask('GET', '', { headers: as('ann:viewer') })
    expect(task.body.items).toHaveLength(1)
    expect(triggered.status).toBe(202)
    expect((await ask('DELETE', `/${body.id}`, { headers })).status).toBe(200)
  })
})
