import { describe, expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { auditOf, join, makeKey, type Person, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

const ABSENT = `task_${'0'.repeat(26)}`

async function open() {
  const clock = createManualClock()
  const api = await openApi({ accounts: true, clock })
  const [owner, viewer, operator] = [await join(api), await join(api), await join(api, 'operator')]
  return { api, clock, owner, viewer, operator, auditor: await join(api, 'admin') }
}

async function waiting(api: Api, owner: Person): Promise<string> {
  return (await send(api, 'POST', '/tasks', owner, { delay: '1h', payload: 'private' })).body.id
}

async function ended(api: Api, owner: Person): Promise<string> {
  const id = await waiting(api, owner)
  await send(api, 'DELETE', `/tasks/${id}`, owner)
  return id
}

/** Entries about tasks, without those of logins and the like. */
const aboutTasks = async (api: Api, auditor: Person) =>
  (await auditOf(api, auditor)).filter(({ action }) => /^(?:task|dead-letters)\./.test(action))

const cases = [
  [
    'edit',
    'task.edit',
    waiting,
    (api, who, id) => send(api, 'PATCH', `/tasks/${id}`, who, { title: 'x', payload: 'y' }),
    { fields: ['title', 'payload'] },
  ],
  [
    'cancel',
    'task.cancel',
    waiting,
    (api, who, id) => send(api, 'POST', `/tasks/${id}/cancel`, who),
    { state: 'CANCELED' },
  ],
  ['delete', 'task.cancel', waiting, (api, who, id) => send(api, 'DELETE', `/tasks/${id}`, who), { state: 'CANCELED' }],
  [
    'requeue',
    'task.requeue',
    ended,
    (api, who, id) => send(api, 'POST', `/tasks/${id}/requeue`, who, { payload: 'z' }),
    { run: 2 },
  ],
] as const satisfies readonly (readonly [
  string,
  string,
  (api: Api, owner: Person) => Promise<string>,
  (api: Api, who: Person, id: string) => Promise<Answer>,
  object,
])[]

describe('SEC-47 tasks of others', () => {
  test.each(cases)('SEC-47 to %s what is one’s own leaves no entry, whatever the role', async (_, __, make, change) => {
    const { api, owner, operator, auditor } = await open()
    for (const person of [owner, operator])
      expect((await change(api, person, await make(api, person))).status).toBeLessThan(300)
    // What is not there is nobody’s.
    for (const person of [owner, operator]) expect((await change(api, person, ABSENT)).status).toBe(404)
    expect(await aboutTasks(api, auditor)).toEqual([])
  })

  test.each(cases)(
    'SEC-47 to %s somebody else’s as an operator leaves one, with whose and what, not with what is in it',
    async (_, action, make, change, after) => {
      const { api, owner, operator, auditor } = await open()
      const id = await make(api, owner)
      expect((await change(api, operator, id)).status).toBeLessThan(300)
      expect(await aboutTasks(api, auditor)).toEqual([
        {
          id: expect.any(String),
          at: expect.any(String),
          by: operator.id,
          action,
          outcome: 'done',
          target: id,
          owner: owner.id,
          after,
          address: '192.0.2.1',
          requestId: 'request-1',
        },
      ])
    },
  )

  test.each(cases)(
    'SEC-47 to %s somebody else’s as a viewer is refused, and leaves one',
    async (_, action, make, change) => {
      const { api, owner, viewer, auditor } = await open()
      const id = await make(api, owner)
      const refused = await change(api, viewer, id)
      expect(refused.status).toBe(404)
      expect(refused.text).not.toContain(owner.id)
      expect(await aboutTasks(api, auditor)).toEqual([
        expect.objectContaining({
          by: viewer.id,
          action,
          outcome: 'denied',
          code: 'not_found',
          target: id,
          owner: owner.id,
        }),
      ])
    },
  )

  test('SEC-47 a key is named, and its user is not taken for another owner', async () => {
    const { api, owner, operator, auditor } = await open()
    const key = await makeKey(api, operator)
    await send(api, 'DELETE', `/tasks/${await waiting(api, operator)}`, key)
    const id = await waiting(api, owner)
    await send(api, 'DELETE', `/tasks/${id}`, key)
    expect(await aboutTasks(api, auditor)).toEqual([
      expect.objectContaining({ by: key.id, target: id, owner: owner.id }),
    ])
  })

  test('SEC-47 an operator who requeues dead letters leaves one, a viewer none', async () => {
    const { api, clock, operator, viewer, auditor } = await open()
    const requeue = (person: Person, body: object) => send(api, 'POST', '/dead-letters/requeue', person, body)
    await requeue(viewer, { all: true })
    await requeue(viewer, { ids: [ABSENT] })
    expect(await aboutTasks(api, auditor)).toEqual([])
    await requeue(operator, { ids: [ABSENT, 'pk_live_no_id'] })
    clock.set(clock.now() + 1)
    await requeue(operator, { name: 'broken' })
    expect(await aboutTasks(api, auditor)).toMatchObject([
      {
        action: 'dead-letters.requeue',
        by: operator.id,
        outcome: 'done',
        owner: 'everybody',
        after: { name: 'broken' },
      },
      { after: { ids: [ABSENT] } },
    ])
  })
})

describe('the log', () => {
  test('SEC-47 it is read by admins, filtered by who and what, latest first, page by page, and changed by nobody', async () => {
    const { api, owner, auditor } = await open()
    const key = await makeKey(api, owner, ['account'])
    for (let made = 0; made < 5; made++) await makeKey(api, owner)
    await send(api, 'POST', '/api-keys', key, { name: 'child', scopes: ['account'] })
    const page = async (query: string) =>
      (await api.call('GET', '/api/v1/audit', { query, headers: { authorization: `Bearer ${auditor.token}` } })).body
    expect((await page(`by=${key.id}`)).items).toMatchObject([{ action: 'key.create', by: key.id }])
    const made = await page(`action=key.create&by=${owner.id}&limit=4`)
    expect(made.items).toHaveLength(4)
    const rest = await page(`action=key.create&by=${owner.id}&limit=4&cursor=${made.nextCursor}`)
    const ids: string[] = [...made.items, ...rest.items].map(({ id }: { id: string }) => id)
    expect(ids).toHaveLength(6)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT'])
      expect((await send(api, method, '/audit', auditor)).status).toBe(405)
  })
})
