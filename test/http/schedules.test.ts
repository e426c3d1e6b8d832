import { describe, expect, test } from 'vitest'
import { always, as, MINUTE, openScheduling, tick, timeOf, UNKNOWN } from './scheduling.ts'

describe('POST /api/v1/schedules', () => {
  test('S2-35 answers 201 with the whole schedule, where it is, and its generation', async () => {
    const { create, ask } = await openScheduling()
    const made = await create({
      name: 'nightly report',
      task: {
        name: 'echo',
        payload: { report: ['sales', null] },
        priority: 'high',
        maxAttempts: 3,
        backoff: { kind: 'fixed', delay: '5s' },
        timeout: '1.5m',
        expiresIn: '1h',
        title: 'Sales',
        description: 'of yesterday',
        tags: { team: 'sales' },
      },
      cron: '0 3 * * mon-fri',
      timeZone: 'Europe/Berlin',
      startAt: '2031-06-01T00:00:00+02:00',
      endAt: '2031-06-05T00:00:00Z',
      jitter: '30s',
      overlap: 'skip',
      catchUp: 7,
      description: 'for the morning',
      tags: { owner: 'ann' },
    })
    expect(made.status).toBe(201)
    const { id } = made.body
    expect(id).toMatch(/^sch_[0-9A-Z]{26}$/)
    expect(made.headers).toMatchObject({ location: `/api/v1/schedules/${id}`, etag: '"1"' })
    expect(made.headers).not.toHaveProperty('idempotency-replayed')
    expect(made.body).toEqual({
      id,
      name: 'nightly report',
      state: 'ACTIVE',
      task: {
        name: 'echo',
        payload: { report: ['sales', null] },
        priority: 1,
        maxAttempts: 3,
        backoff: { kind: 'fixed', delay: '5s' },
        timeout: 'PT90S',
        expiresIn: 'PT3600S',
        title: 'Sales',
        description: 'of yesterday',
        tags: { team: 'sales' },
      },
      kind: 'cron',
      cron: expect.stringMatching(/^0 3 \* \* /),
      timeZone: 'Europe/Berlin',
      text: expect.stringMatching(/03:00.*Europe\/Berlin$/),
      // 1 June is a Sunday, and the end is before the fourth one.
      next: ['2031-06-02T01:00:00.000Z', '2031-06-03T01:00:00.000Z', '2031-06-04T01:00:00.000Z'],
      nextAt: '2031-06-02T01:00:00.000Z',
      paused: false,
      overlap: 'skip',
      catchUp: 7,
      jitter: 'PT30S',
      startAt: '2031-05-31T22:00:00.000Z',
      endAt: '2031-06-05T00:00:00.000Z',
      description: 'for the morning',
      tags: { owner: 'ann' },
      declared: false,
      generation: 1,
      createdAt: timeOf('10:00:00'),
      updatedAt: timeOf('10:00:00'),
    })
    const read = await ask('GET', `/${id}`)
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' } })
    expect(read.body).toEqual(made.body)
  })

  test('S2-15 at a time: one occurrence, and then it is finished', async () => {
    const { create, ask, pass, api } = await openScheduling()
    const { body } = await create(tick({ at: '2031-05-17T12:05:00+02:00' }))
    const times = [timeOf('10:05:00')]
    expect(body).toMatchObject({ kind: 'at', at: times[0], next: times, nextAt: times[0], state: 'ACTIVE' })
    await pass(5 * MINUTE)
    const after = (await ask('GET', `/${body.id}`)).body
    expect(after).toMatchObject({ state: 'FINISHED', next: [], last: { scheduledFor: times[0], firedAt: times[0] } })
    expect(after).not.toHaveProperty('nextAt')
    // S2-40: the way from the schedule to its task, and back.
    const made = await api.call('GET', `/api/v1/tasks/${after.last.taskId}`)
    expect(made.body).toMatchObject({ name: 'echo', payload: { n: 1 }, scheduleId: body.id, scheduledFor: times[0] })
  })

  test('S2-16 after a while, counted from the creation', async () => {
    const { create } = await openScheduling()
    const { body } = await create(tick({ after: 'PT10M' }))
    const times = [timeOf('10:10:00')]
    expect(body).toMatchObject({
      kind: 'after',
      after: 'PT600S',
      next: times,
      text: expect.stringContaining('10 minutes'),
    })
    expect(body).not.toHaveProperty('at')
  })

  test('S2-17 at a steady pace, from now or from the start', async () => {
    const { create } = await openScheduling()
    const { body } = await create(tick({ every: '90s' }))
    expect(body).toMatchObject({ kind: 'every', every: 'PT90S', text: 'Every 90 seconds', nextAt: timeOf('10:01:30') })
    const later = await create(tick({ every: 3_600_000, startAt: timeOf('10:30:00') }))
    expect(later.body.next.slice(0, 2)).toEqual([timeOf('10:30:00'), timeOf('11:30:00')])
  })

  test('S2-18 by cron, in UTC unless a time zone is given', async () => {
    const { create } = await openScheduling()
    const { body } = await create(tick({ cron: '15 12 * * *' }))
    expect(body).toMatchObject({ kind: 'cron', cron: '15 12 * * *', timeZone: 'UTC', nextAt: timeOf('12:15:00') })
    const there = await create(tick({ cron: '15 12 * * *', timeZone: 'Asia/Tokyo' }))
    expect(there.body).toMatchObject({ timeZone: 'Asia/Tokyo', nextAt: '2031-05-18T03:15:00.000Z' })
  })

  test('B-03 what is left out: every overlap is allowed, the latest missed occurrence is made up for', async () => {
    const { create } = await openScheduling()
    const { body } = await create(tick())
    expect(body).toMatchObject({ overlap: 'allow', catchUp: 'one', paused: false })
    for (const field of ['jitter', 'startAt', 'endAt', 'description', 'tags', 'last', 'owner'])
      expect(body).not.toHaveProperty(field)
    for (const catchUp of ['skip', 'one', 1, 100])
      expect((await create(tick({ catchUp }))).body).toMatchObject({ catchUp })
  })

  test('one that is made paused fires nothing', async () => {
    const { create, pass, ask } = await openScheduling()
    const { body } = await create(tick({ paused: true }))
    expect(body).toMatchObject({ state: 'PAUSED', paused: true, pausedBy: 'local', pausedAt: timeOf('10:00:00') })
    expect(body).not.toHaveProperty('nextAt')
    expect(body.next).toHaveLength(5)
    await pass(MINUTE)
    expect((await ask('GET', `/${body.id}`)).body).not.toHaveProperty('last')
  })

  test('a repeat with its Idempotency-Key is the first one, also when its time has come; another body is refused', async () => {
    const { create, pass, ask } = await openScheduling()
    const key = { 'idempotency-key': 'report-1' }
    const [first, twin] = await Promise.all([create(tick({ after: '2m' }), key), create(tick({ after: '2m' }), key)])
    expect(twin.body.id).toBe(first.body.id)
    const at = await create(tick({ at: timeOf('10:02:00') }), { 'idempotency-key': 'report-2' })
    await pass(5 * MINUTE)
    const again = await create(tick({ at: timeOf('10:02:00') }), { 'idempotency-key': 'report-2' })
    expect(again).toMatchObject({
      status: 201,
      headers: { 'idempotency-replayed': 'true', location: at.headers.location },
      body: { id: at.body.id, state: 'FINISHED' },
    })
    expect(await create(tick({ every: '2m' }), key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused', errors: [{ pointer: 'Idempotency-Key' }] },
    })
    // A key is its owner's.
    const other = await create(tick(), { ...key, ...as('ben:viewer') })
    expect(other.status).toBe(201)
    expect(other.headers).not.toHaveProperty('idempotency-replayed')
    expect((await ask('GET', '')).body.items).toHaveLength(3)
  })
})

describe('GET /api/v1/schedules', () => {
  test('S2-39 each with its kind, next, last and pause, in the order of creation, without payloads', async () => {
    const { create, ask, pass, clock } = await openScheduling()
    const bodies = [
      tick({ name: 'a' }),
      tick({ name: 'b', cron: '@daily', paused: true }),
      tick({ name: 'c', after: '1h' }),
    ]
    for (const body of bodies) {
      await create(body)
      clock.set(clock.now() + 1)
    }
    await pass(MINUTE)
    const { status, body } = await ask('GET', '')
    expect(status).toBe(200)
    expect(body.items).toMatchObject([
      {
        name: 'a',
        kind: 'every',
        nextAt: timeOf('10:02:00'),
        last: { scheduledFor: timeOf('10:01:00') },
        paused: false,
      },
      { name: 'b', kind: 'cron', state: 'PAUSED', paused: true, task: { name: 'echo' } },
      { name: 'c', kind: 'after', nextAt: '2031-05-17T11:00:00.002Z', state: 'ACTIVE' },
    ])
    for (const item of body.items) expect(item.task).not.toHaveProperty('payload')
    expect(body).not.toHaveProperty('nextCursor')
  })

  test('viewers see their own, operators everybody’s', async () => {
    const { create, ask, clock } = await openScheduling()
    for (const who of ['ann', 'ben', 'ann', 'eve']) {
      await create(tick({ name: who }), as(`${who}:viewer`))
      clock.set(clock.now() + 1)
    }
    const names = async (who: string) =>
      (await ask('GET', '', { headers: as(who) })).body.items.map(({ name }: { name: string }) => name)
    expect(await names('ann:viewer')).toEqual(['ann', 'ann'])
    expect(await names('zoe:viewer')).toEqual([])
    expect(await names('eve:operator')).toEqual(['ann', 'ben', 'ann', 'eve'])
  })

  test('SEC-20 pages lead to the next one, and a cursor belongs to its list, its owner and its role', async () => {
    const { create, ask, api, clock } = await openScheduling()
    for (let made = 0; made < 5; made++) {
      await create(tick({ name: `s${made}` }), as('ann:viewer'))
      clock.set(clock.now() + 1)
    }
    const page = (cursor: string | undefined, who = 'ann:viewer') =>
      ask('GET', '', { query: `limit=2${cursor ? `&cursor=${cursor}` : ''}`, headers: as(who) })
    const names: string[] = []
    let cursor: string | undefined
    do {
      const { body, headers } = await page(cursor)
      names.push(...body.items.map(({ name }: { name: string }) => name))
      cursor = body.nextCursor
      expect(headers.link === undefined).toBe(cursor === undefined)
    } while (cursor)
    expect(names).toEqual(['s0', 's1', 's2', 's3', 's4'])
    const { nextCursor } = (await page(undefined)).body
    for (const who of ['ben:viewer', 'ann:operator'])
      expect(await page(nextCursor, who)).toMatchObject({ status: 400, body: { errors: [{ pointer: 'cursor' }] } })
    const elsewhere = { query: `cursor=${nextCursor}`, headers: as('ann:viewer') }
    expect((await api.call('GET', '/api/v1/tasks', elsewhere)).status).toBe(400)
    expect((await page(`${nextCursor}A`)).status).toBe(400)
  })
})

describe('what is not there', () => {
  test.each(['x', 'sch_', UNKNOWN, `task_${'0'.repeat(26)}`, '__proto__', '%2e%2e', 'x'.repeat(3_000)])(
    'an id that cannot be one is unknown (%#)',
    async id => {
      const { ask } = await openScheduling()
      expect(await ask('GET', `/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    },
  )

  test('SEC-17 another owner’s schedule is, to the byte, as unknown as none, whatever is done to it', async () => {
    const { create, ask, api } = await openScheduling()
    const { body } = await create(tick(), as('ann:viewer'))
    const past = { from: timeOf('09:00:00'), to: timeOf('09:30:00') }
    const calls = [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', '', undefined],
      ['POST', '/pause', undefined],
      ['POST', '/resume', undefined],
      ['POST', '/trigger', undefined],
      ['GET', '/occurrences', undefined],
      ['POST', '/backfill', past],
      ['POST', '/backfill', { ...past, dryRun: true }],
    ] as const
    for (const [method, more, content] of calls) {
      const options = { headers: as('ben:viewer'), body: content }
      const foreign = await ask(method, `/${body.id}${more}`, options)
      const missing = await ask(method, `/${UNKNOWN}${more}`, options)
      expect(foreign.status, `${method} ${more}`).toBe(404)
      expect(foreign.text.replaceAll(body.id, UNKNOWN)).toBe(missing.text)
      expect(foreign.headers).toEqual(missing.headers)
    }
    const future = { headers: as('ben:viewer'), query: 'when=future' }
    expect((await ask('GET', `/${body.id}/occurrences`, future)).status).toBe(404)
    expect((await ask('GET', `/${body.id}`, { headers: as('ann:viewer') })).body).toEqual(body)
    expect((await api.call('GET', '/api/v1/tasks')).body.items).toEqual([])
    expect(await api.embedded.schedules.fireDue(always)).toMatchObject({ looked: 0 })
  })

  test('wrong methods are told which are right', async () => {
    const { ask, api } = await openScheduling()
    expect(await ask('PUT', `/${UNKNOWN}`)).toMatchObject({ status: 405, headers: { allow: 'GET, PATCH, DELETE' } })
    expect(await ask('DELETE', '')).toMatchObject({ status: 405, headers: { allow: 'POST, GET' } })
    expect((await ask('POST', `/${UNKNOWN}/stop`)).status).toBe(404)
    expect((await api.call('GET', '/api/v1/schedules/')).status).toBe(200)
  })
})
