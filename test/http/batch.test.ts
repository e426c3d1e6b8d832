import { describe, expect, test } from 'vitest'
import { openApi } from './setup.ts'

const path = '/api/v1/tasks/batch'

describe('POST /api/v1/tasks/batch', () => {
  test('P13 each item has its own fate, in order, and refused ones are named by their place', async () => {
    const api = await openApi()
    const tasks = [
      { name: 'echo', payload: 1 },
      { priority: 9 },
      { name: 'nobody' },
      7,
      { name: 'later', delay: '1h' },
      { titel: '' },
    ]
    const { status, body } = await api.call('POST', path, { body: { tasks } })
    expect(status).toBe(200)
    expect(body.items).toMatchObject([
      { status: 202, state: 'PENDING' },
      { status: 422, problem: { code: 'invalid', errors: [{ pointer: '/tasks/1/priority' }] } },
      { status: 422, problem: { code: 'invalid', errors: [{ pointer: '/tasks/2/name' }] } },
      { status: 400, problem: { code: 'malformed', errors: [{ pointer: '/tasks/3' }] } },
      { status: 202, state: 'SCHEDULED' },
      { status: 400, problem: { code: 'malformed', errors: [{ pointer: '/tasks/5/titel' }] } },
    ])
    const first = await api.call('GET', body.items[0].location)
    expect(first.body).toMatchObject({ id: body.items[0].id, name: 'echo', payload: 1 })
  })

  test('a key counts as key#index; an item may bring its own', async () => {
    const api = await openApi()
    const send = (tasks: unknown[]) => api.call('POST', path, { body: { tasks }, headers: { 'idempotency-key': 'b' } })
    const tasks = [{ payload: 1 }, { payload: 2, idempotencyKey: 'own' }]
    const first = await send(tasks)
    const again = await send(tasks)
    expect(again.body.items.map((item: { id: string }) => item.id)).toEqual(
      first.body.items.map((item: { id: string }) => item.id),
    )
    expect(again.body.items).toMatchObject([{ replayed: true }, { replayed: true }])
    const single = await api.submit({ payload: 2 }, { 'idempotency-key': 'own' })
    expect(single).toMatchObject({
      status: 202,
      body: { id: first.body.items[1].id },
      headers: { 'idempotency-replayed': 'true' },
    })
    const changed = await send([{ payload: 3 }])
    expect(changed.body.items).toMatchObject([{ status: 422, problem: { code: 'idempotency_key_reused' } }])
  })

  test('takes 1,000 tasks and not one more, nor none', async () => {
    const api = await openApi()
    const many = (count: number) => ({
      tasks: Array.from({ length: count }, (_, index) => ({ name: 'echo', payload: { index, more: ['keys'] } })),
    })
    const full = await api.call('POST', path, { body: many(1_000) })
    expect(full.body.items.every((item: { status: number }) => item.status === 202)).toBe(true)
    expect(new Set(full.body.items.map((item: { id: string }) => item.id)).size).toBe(1_000)
    for (const count of [1_001, 0]) {
      expect(await api.call('POST', path, { body: many(count) })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/tasks' }] },
      })
    }
  })

  test('bodies end at 4 MB', async () => {
    const api = await openApi()
    const padded = (bytes: number) => `{"tasks":[{"payload":"${'x'.repeat(bytes - 26)}"}]}`
    expect(Buffer.byteLength(padded(4 * 1_048_576))).toBe(4 * 1_048_576)
    const largest = await api.call('POST', path, { text: padded(4 * 1_048_576) })
    expect(largest.body.items).toMatchObject([{ status: 422, problem: { errors: [{ pointer: '/tasks/0/payload' }] } }])
    expect((await api.call('POST', path, { text: padded(4 * 1_048_576 + 1) })).status).toBe(413)
  })
})
