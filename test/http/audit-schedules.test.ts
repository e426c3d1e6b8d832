import { describe, expect, test } from 'vitest'
import { scheduleRoutes } from '../../shared/http/schedule-routes.ts'
import { createManualClock } from '../helpers/clock.ts'
import { auditOf, join, type Person, send } from './people.ts'
import { UNKNOWN } from './scheduling.ts'
import { type Api, openApi } from './setup.ts'

const PAST = { from: '2031-05-17T09:00:00Z', to: '2031-05-17T09:00:00Z' }

interface Story {
  readonly method: string
  readonly path: string
  readonly body?: object
  /** What the entry says beside who did what to whose. */
  readonly said: object
}

const stories = {
  editSchedule: {
    method: 'PATCH',
    path: '',
    body: { name: 'x', description: 'private' },
    said: { action: 'schedule.edit', after: { fields: ['name', 'description'] } },
  },
  deleteSchedule: {
    method: 'DELETE',
    path: '',
    said: { action: 'schedule.delete', before: { name: 'tick', task: 'echo' } },
  },
  pauseSchedule: {
    method: 'POST',
    path: '/pause',
    body: { reason: 'no ink' },
    said: { action: 'schedule.pause', after: { paused: true }, reason: 'no ink' },
  },
  resumeSchedule: { method: 'POST', path: '/resume', said: { action: 'schedule.resume', after: { paused: false } } },
  triggerSchedule: {
    method: 'POST',
    path: '/trigger',
    said: { action: 'schedule.trigger', after: { task: expect.stringMatching(/^task_/) } },
  },
  backfillSchedule: {
    method: 'POST',
    path: '/backfill',
    body: PAST,
    said: { action: 'schedule.backfill', after: { from: Date.parse(PAST.from), to: Date.parse(PAST.to) } },
  },
} as const satisfies Partial<Record<keyof typeof scheduleRoutes, Story>>

async function open() {
  const api = await openApi({ accounts: true, clock: createManualClock() })
  const [owner, viewer, operator] = [await join(api), await join(api), await join(api, 'operator')]
  return { api, owner, viewer, operator, auditor: await join(api, 'admin') }
}

const make = async (api: Api, person: Person): Promise<string> =>
  (
    await send(api, 'POST', '/schedules', person, {
      name: 'tick',
      task: { name: 'echo', payload: 'private' },
      cron: '0 * * * *',
    })
  ).body.id

const change = (api: Api, who: Person, id: string, { method, path, body }: Story) =>
  send(api, method, `/schedules/${id}${path}`, who, body)

const aboutSchedules = async (api: Api, auditor: Person) =>
  (await auditOf(api, auditor)).filter(({ action }) => action.startsWith('schedule.'))

describe('SEC-47 schedules of others', () => {
  test('SEC-47 each route that changes one has its story here', () => {
    const changing = Object.entries(scheduleRoutes).filter(
      ([id, { method }]) => method !== 'GET' && id !== 'createSchedule',
    )
    expect(changing.map(([id]) => id)).toEqual(Object.keys(stories))
    expect(changing.map(([, route]) => 'audit' in route && route.audit.others)).toEqual(changing.map(() => true))
  })

  test.each(Object.entries(stories))(
    'SEC-47 %s of one’s own leaves no entry, whatever the role',
    async (_, story: Story) => {
      const { api, owner, operator, auditor } = await open()
      for (const person of [owner, operator]) {
        expect((await change(api, person, await make(api, person), story)).status).toBeLessThan(300)
        // What is not there is nobody’s.
        expect((await change(api, person, UNKNOWN, story)).status).toBe(404)
      }
      expect(await aboutSchedules(api, auditor)).toEqual([])
    },
  )

  test.each(Object.entries(stories))(
    'SEC-47 %s of somebody else as an operator leaves one, with whose and what, not with what is in it',
    async (_, story: Story) => {
      const { api, owner, operator, auditor } = await open()
      const id = await make(api, owner)
      expect((await change(api, operator, id, story)).status).toBeLessThan(300)
      const entries = await aboutSchedules(api, auditor)
      expect(entries).toEqual([
        {
          id: expect.any(String),
          at: expect.any(String),
          by: operator.id,
          outcome: 'done',
          target: id,
          owner: owner.id,
          address: '192.0.2.1',
          requestId: 'request-1',
          ...story.said,
        },
      ])
      expect(JSON.stringify(entries)).not.toContain('private')
    },
  )

  test.each(Object.entries(stories))(
    'SEC-47 %s of somebody else as a viewer is refused, and leaves one',
    async (_, story: Story) => {
      const { api, owner, viewer, auditor } = await open()
      const id = await make(api, owner)
      const refused = await change(api, viewer, id, story)
      expect(refused.status).toBe(404)
      expect(refused.text).not.toContain(owner.id)
      const denied = { by: viewer.id, outcome: 'denied', code: 'not_found', target: id, owner: owner.id }
      expect(await aboutSchedules(api, auditor)).toEqual([expect.objectContaining(denied)])
    },
  )

  test('SEC-47 a backfill of somebody else’s that is refused for its range leaves one, with whose', async () => {
    const { api, owner, operator, auditor } = await open()
    const story = { ...stories.backfillSchedule, body: { from: PAST.from, to: '2051-05-17T09:00:00Z' } }
    expect((await change(api, operator, await make(api, owner), story)).status).toBe(422)
    const refused = { by: operator.id, outcome: 'denied', code: 'invalid', owner: owner.id }
    expect(await aboutSchedules(api, auditor)).toEqual([expect.objectContaining(refused)])
  })

  test('SEC-47 to ask what a backfill would make leaves none', async () => {
    const { api, owner, operator, auditor } = await open()
    const story = { ...stories.backfillSchedule, body: { ...PAST, dryRun: true } }
    expect((await change(api, operator, await make(api, owner), story)).status).toBe(200)
    expect(await aboutSchedules(api, auditor)).toEqual([])
  })
})
