import { describe, expect, test } from 'vitest'
import { routeList } from '../../shared/http/routes.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { stories } from './audit-stories.ts'
import { auditOf, join, type Person, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'
import { withRecords } from './with-records.ts'

/** The entries that a request leaves. */
async function entriesOf(api: Api, auditor: Person, request: () => Promise<Answer>) {
  const before = new Set((await auditOf(api, auditor)).map(({ id }) => id))
  const answer = await request()
  return { answer, entries: (await auditOf(api, auditor)).filter(({ id }) => !before.has(id)) }
}

/** What is one's own is nobody else's business; the stories of what is somebody else's are told apart. */
const SINGLE = /^\/api\/v1\/(?:tasks|schedules)/

/** The log can be written, what the request is about cannot. */
function failing(records: RecordStore, broken: () => boolean): RecordStore {
  const write: RecordStore['write'] = async writes => {
    if (broken() && !writes[0]?.key.partition.startsWith('audit_')) throw new StoreUnavailable('a full disk')
    return records.write(writes)
  }
  return { ...records, write }
}

describe('SEC-47 each audited route leaves exactly one entry', () => {
  test('SEC-47 every route that changes anything but single tasks and schedules is audited, and has its story here', () => {
    const changing = routeList.filter(({ method, path }) => method !== 'GET' && !SINGLE.test(path))
    expect(changing.map(({ id }) => id).sort()).toEqual([...Object.keys(stories), 'requeueDeadLetters'].sort())
    expect(changing.filter(({ audit }) => audit === undefined)).toEqual([])
  })

  test.each(Object.entries(stories))('SEC-47 %s, denied, failed and done', async (id, story) => {
    const route = routeList.find(each => each.id === id)
    if (!route) throw new Error('there is no such route')
    let broken = false
    const api = await openApi({
      accounts: true,
      stores: ({ records, limits }) => ({ limits, records: failing(records, () => broken) }),
    })
    const people = { api, admin: await join(api, 'admin'), other: await join(api) }
    const auditor = await join(api, 'admin')
    const path = route.path.replace('{id}', (await story.path?.(people)) ?? '').slice('/api/v1'.length)
    const body = story.body?.(people)
    const common = { action: route.audit?.action, address: '198.51.100.7', requestId: 'request-7' }
    const more = { address: '198.51.100.7', headers: { 'x-request-id': 'request-7' } }
    const asAdmin = () => send(api, route.method, path, people.admin, body, more)

    const refused = story.refused ?? (() => api.call(route.method, `/api/v1${path}`, { body, ...more }))
    const denied = await entriesOf(api, auditor, () => refused(people))
    const { code } = denied.answer.body
    expect(denied.answer.status).toBeGreaterThanOrEqual(400)
    expect(denied.entries).toEqual([expect.objectContaining({ action: common.action, outcome: 'denied', code })])

    if (!story.withoutRecords) {
      broken = true
      const failed = await entriesOf(api, auditor, asAdmin)
      broken = false
      expect(failed.answer.status).toBe(503)
      expect(failed.entries).toEqual([expect.objectContaining({ ...common, outcome: 'failed', code: 'unavailable' })])
    }

    const done = await entriesOf(api, auditor, asAdmin)
    expect(done.answer.status).toBeLessThan(300)
    const said = { ...common, outcome: 'done', ...story.done(people, done.answer) }
    expect(done.entries).toEqual([{ id: expect.stringMatching(/^audit_/), at: expect.any(String), ...said }])
  })

  test('SEC-47 a role that is too low leaves one as well; what the limiter stops leaves none, so that a flood does not go on in the log', async () => {
    const api = await openApi({ accounts: true, rates: { perUser: 3, perAddress: 0, admins: false } })
    const [viewer, auditor] = [await join(api), await join(api, 'admin')]
    const invite = () => send(api, 'POST', '/users', viewer, { role: 'admin' })
    const denied = { action: 'user.invite', by: viewer.id, outcome: 'denied', code: 'forbidden' }
    for (let tries = 0; tries < 3; tries++)
      expect((await entriesOf(api, auditor, invite)).entries).toEqual([expect.objectContaining(denied)])
    const stopped = await entriesOf(api, auditor, invite)
    expect(stopped.answer.status).toBe(429)
    expect(stopped.entries).toEqual([])
  })

  test('SEC-47 SEC-46 when the log cannot be written, the answer is not given', async () => {
    let broken = false
    const api = await openApi({
      accounts: true,
      stores: withRecords(records => ({
        async write(writes) {
          if (broken && writes[0]?.key.partition.startsWith('audit_')) throw new StoreUnavailable('a full disk')
          return records.write(writes)
        },
      })),
    })
    const admin = await join(api, 'admin')
    broken = true
    const made = await send(api, 'POST', '/api-keys', admin, { name: 'ci' })
    expect(made).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(made.text).not.toContain('pk_live_')
  })
})
