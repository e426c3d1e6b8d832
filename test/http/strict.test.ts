import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Method } from '../../shared/http/route.ts'
import { routeList } from '../../shared/http/routes.ts'
import { bearer, join } from './people.ts'
import { openApi } from './setup.ts'

/** What rows, requests of the engine and actors have, and no caller may set. */
const internalFields = [
  'id',
  'owner',
  'state',
  'run',
  'attempt',
  'attemptsLeft',
  'wakeAt',
  'createdAt',
  'startedAt',
  'finishedAt',
  'cancelRequestedAt',
  'version',
  'schemaVersion',
  'payloadAt',
  'result',
  'resultAt',
  'lastError',
  'history',
  'scheduleId',
  'scheduledFor',
  'leaseToken',
  'heldBy',
  'policy',
  'progress',
  'delayMs',
  'timeoutMs',
  'traceparent',
  'role',
  'actor',
  'by',
  'idempotencyKey',
  'cancelRequested',
  '__proto__',
  'constructor',
]
const id = 'task_00000000000000000000000000'
const valid: Readonly<Record<string, object>> = {
  submitBatch: { tasks: [{}] },
  editTask: { title: 'x' },
  createSchedule: { name: 'x', task: { name: 'echo' }, every: '1h' },
  editSchedule: { name: 'x' },
  backfillSchedule: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' },
  pauseDispatch: { reason: 'x' },
  requeueDeadLetters: { all: true },
}

describe('SEC-19 no route takes a field that it does not know', () => {
  const withBody = routeList.filter(route => route.body)
  test.each(withBody.map(route => route.id))('%s', async routeId => {
    const route = routeList.find(each => each.id === routeId)
    if (!route) throw new Error('no such route')
    const api = await openApi()
    const headers = bearer(await join(api, 'admin'))
    for (const field of internalFields) {
      const text = `{"${field}":1,${JSON.stringify(valid[routeId] ?? {}).slice(1)}`.replace(',}', '}')
      const answer = await api.call(route.method, route.path.replace('{id}', id), { text, headers })
      expect(answer, field).toMatchObject({ status: 400, body: { code: 'malformed' } })
      expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(`/${field}`)
    }
  })

  test('items of a batch neither', async () => {
    const api = await openApi()
    for (const field of internalFields.filter(each => each !== 'idempotencyKey')) {
      const answer = await api.call('POST', '/api/v1/tasks/batch', { text: `{"tasks":[{"${field}":1}]}` })
      expect(answer.body.items, field).toMatchObject([
        { status: 400, problem: { errors: [{ pointer: `/tasks/0/${field}` }] } },
      ])
    }
  })

  test.each(
    routeList.filter(route => route.role !== 'public').map(route => [route.id, route.method, route.path] as const),
  )('query of %s', async (routeId, method, path) => {
    const api = await openApi()
    const headers = bearer(await join(api, 'admin'))
    const known = routeList.find(route => route.id === routeId)?.query
    const names = known instanceof z.ZodObject ? Object.keys(known.shape) : []
    for (const field of internalFields.filter(each => each !== 'state' && !names.includes(each))) {
      const answer = await api.call(method, path.replace('{id}', id), { query: `${field}=1`, headers })
      expect(answer, field).toMatchObject({ status: 400, body: { errors: [{ pointer: field }] } })
    }
  })
})

describe('whatever the body, each route gives only the answers that it lists, and never a 5xx', () => {
  /** Objects of known and unknown fields with values of every kind. */
  const fields = [
    'name',
    'payload',
    'priority',
    'delay',
    'runAt',
    'expiresAt',
    'maxAttempts',
    'backoff',
    'timeout',
    'title',
    'tags',
    'tasks',
    'reason',
    'for',
    'ids',
    'all',
    'cursor',
    'kind',
    ...['task', 'at', 'after', 'every', 'cron', 'timeZone', 'startAt', 'endAt', 'jitter', 'overlap', 'catchUp'],
    ...['description', 'paused', 'from', 'to', 'dryRun', 'expiresIn'],
    'zzz',
  ]
  const odd = fc.constantFrom(
    ...['', 'high', 'default', '5m', '2031-01-01T00:00:00Z', 'P1D', '\u0000', '\ud800', 'é', 'x'.repeat(300)],
    ...['0 3 * * *', '@daily', '*/7 * * * FRI#5', 'Europe/Berlin', '+02:00', 'skip', 'one'],
    -1,
    0,
    1,
    3,
    1e308,
    0.5,
    true,
    false,
    null,
  )
  const value = fc.letrec(tie => ({
    any: fc.oneof(
      { weight: 5, arbitrary: odd },
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...fields), tie('any'), { maxKeys: 4 }),
    ),
  })).any

  test.each(routeList.filter(route => route.body).map(route => [route.id, route.method, route.path] as const))(
    '%s',
    async (_, method: Method, path) => {
      const api = await openApi()
      const headers = bearer(await join(api, 'admin'))
      const { body: task } = path.startsWith('/api/v1/schedules')
        ? await api.call('POST', '/api/v1/schedules', { body: valid.createSchedule, headers })
        : await api.submit({ delay: '1h' }, headers)
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(value, fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 6 })),
          async body => {
            const answer = await api.call(method, path.replace('{id}', task.id), { body, headers })
            expect(answer.status).toBeLessThan(500)
          },
        ),
        { numRuns: 300 },
      )
      expect(api.failures).toEqual([])
    },
  )
})
