import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routeList } from '../../shared/http/routes.ts'
import {
  type Ask,
  type Credential,
  createAsker,
  credentials,
  type Target,
  targets,
  whos,
} from './authorization-asker.ts'
import { expectations, type Row, type Statuses, type Who } from './authorization-table.ts'
import { bytesOf } from './people.ts'

/** What the table says that a request is answered with. */
function expected(row: Row, who: Who, credential: Credential, target: Target): number {
  if (who === 'none') return row.none
  const at = (statuses: Statuses) =>
    typeof statuses === 'number' ? statuses : (statuses[targets.indexOf(target)] ?? 0)
  const allowed = at(row[who])
  if (allowed === 403 || row.scope === 'none needed') return allowed
  if (credential === 'key without the scope') return 403
  return credential === 'key with the scope' && row.key !== undefined ? at(row.key) : allowed
}

let ask: Ask
const closing: (() => Promise<void>)[] = []
beforeAll(async () => {
  ask = await createAsker(close => closing.push(close))
}, 60_000)
afterAll(async () => {
  for (const close of closing) await close()
})

const routes = routeList.map(route => [route.id, route] as const)

describe('SEC-16 SEC-18 each route answers each role, credential and target as the table says', () => {
  test.each(routes)('%s', async (id, route) => {
    const row: Row = expectations[id]
    const differing: string[] = []
    let asked = 0
    for (const who of whos) {
      for (const credential of who === 'none' ? (['none'] as const) : credentials) {
        for (const target of route.path.includes('{id}') || row.aimed ? targets : (['own'] as const)) {
          const { answer, touched } = await ask(route, { who, credential, target })
          const status = expected(row, who, credential, target)
          asked++
          if (answer.status !== status)
            differing.push(`${who}, ${credential}, ${target}: ${answer.status}, not ${status} (${answer.text})`)
          if (answer.status >= 400 && touched)
            differing.push(`${who}, ${credential}, ${target}: changed what it refused`)
        }
      }
    }
    expect(differing).toEqual([])
    expect(asked).toBeGreaterThan(4)
  })
})

describe('SEC-17 what is somebody else’s is answered with the same bytes as what is not there', () => {
  test.each(routes.filter(([id, { path }]) => path.includes('{id}') || (expectations[id] as Row).aimed))(
    '%s',
    async (_, route) => {
      for (const who of whos.filter(each => each !== 'none')) {
        for (const credential of credentials) {
          const other = await ask(route, { who, credential, target: 'other' })
          const absent = await ask(route, { who, credential, target: 'absent' })
          if (other.answer.status < 400 || other.answer.status === 409) continue
          expect(bytesOf(other.answer)).toBe(bytesOf(absent.answer))
        }
      }
    },
  )

  test('a viewer meets it on every route with an id that is not for admins', async () => {
    const met: string[] = []
    for (const [id, route] of routes) {
      if (!route.path.includes('{id}') || route.role !== 'viewer') continue
      const other = await ask(route, { who: 'viewer', credential: 'session token', target: 'other' })
      if (other.answer.status === 404) met.push(id)
    }
    expect(met).toEqual([
      'getTask',
      'editTask',
      'deleteTask',
      'cancelTask',
      'requeueTask',
      'readLogs',
      'getSchedule',
      'editSchedule',
      'deleteSchedule',
      'pauseSchedule',
      'resumeSchedule',
      'triggerSchedule',
      'listOccurrences',
      'backfillSchedule',
      'endSession',
      'rotateApiKey',
      'revokeApiKey',
    ])
  })
})
