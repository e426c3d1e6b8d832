import { describe, expect, test } from 'vitest'
import { MINUTE, openScheduling, tick, timeOf } from './scheduling.ts'
import { openApi } from './setup.ts'

const stale = { status: 412, body: { code: 'precondition_failed', generation: 2 } }

describe('RFC 9110 §13.1.1 If-Match of a schedule', () => {
  /** An ETag of before somebody's edit, and that of after it. */
  async function edited(fields: object = {}) {
    const scheduling = await openScheduling()
    const made = await scheduling.create(tick(fields))
    const path = `/${made.body.id}`
    const now = await scheduling.ask('PATCH', path, { body: { name: 'of somebody else' } })
    return { ...scheduling, path, old: made.headers.etag ?? '', now: now.headers.etag ?? '', body: now.body }
  }

  test.each([
    ['DELETE', '', undefined, 200],
    ['POST', '/pause', undefined, 200],
    ['POST', '/resume', undefined, 200],
    ['POST', '/trigger', undefined, 202],
    ['POST', '/backfill', { from: timeOf('10:00:00'), to: timeOf('10:00:00') }, 200],
  ])('%s …%s', async (method, verb, body, status) => {
    const { ask, api, path, old, now, body: before } = await edited({ paused: verb === '/resume' })
    const send = (match: string) => ask(method, path + verb, { ...(body && { body }), headers: { 'if-match': match } })
    expect(await send(old)).toMatchObject(stale)
    expect(await send(`"other", ${old}`)).toMatchObject(stale)
    expect(await send(`W/${now}`)).toMatchObject(stale)
    expect(await send('2')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'if-match' }] } })
    expect((await ask('GET', path)).body).toEqual(before)
    expect((await ask('GET', `${path}/occurrences`)).body.items).toEqual([])
    expect((await api.call('GET', '/api/v1/tasks')).body.items).toEqual([])
    expect(await send(`${old}, ${now}`)).toMatchObject({ status })
  })

  test.each(['*', undefined])('one that says %s is removed whatever it is', async match => {
    const { ask, path } = await edited()
    expect(await ask('DELETE', path, match ? { headers: { 'if-match': match } } : {})).toMatchObject({ status: 200 })
  })

  test('an ETag without quotes is told how one of a schedule looks', async () => {
    const { ask, path } = await edited()
    const { body } = await ask('PATCH', path, { body: { name: 'x' }, headers: { 'if-match': '25' } })
    expect(body.errors).toEqual([{ pointer: 'if-match', detail: 'is an ETag such as "3", with its quotes, or *' }])
  })
})

describe('RFC 9110 §13.1.1 If-Match of a task', () => {
  test.each([
    ['DELETE', '', 200],
    ['POST', '/cancel', 200],
    ['POST', '/requeue', 202],
  ])('%s …%s', async (method, verb, status) => {
    const { call } = await openApi()
    const { id } = (await call('POST', '/api/v1/tasks', { body: { name: 'echo', delay: MINUTE } })).body
    const path = `/api/v1/tasks/${id}`
    const old = (await call('GET', path)).headers.etag ?? ''
    if (verb === '/requeue') await call('POST', `${path}/cancel`)
    else await call('PATCH', path, { body: { title: 'of somebody else' } })
    const now = await call('GET', path)
    const send = (match: string) => call(method, path + verb, { headers: { 'if-match': match } })
    expect(await send(old)).toMatchObject({ status: 412, body: { code: 'precondition_failed' } })
    expect((await call('GET', path)).body).toEqual(now.body)
    expect(await send(now.headers.etag ?? '')).toMatchObject({ status })
  })
})
