import { expect, test } from 'vitest'
import * as schemas from '../../../shared/http/answer-schemas.ts'
import { incompressible } from '../tasks/index.ts'
import { type Drive, itemsOf } from './drive.ts'

export function submitting(drive: Drive): void {
  test('P1 P2 a submit that waits is answered with the task and its result', async () => {
    const { api } = drive()
    const answer = await api.post('/api/v1/tasks', { name: 'echo', payload: { hello: 'world' } }, { prefer: 'wait=15' })
    expect(answer).toMatchObject({ status: 202, headers: { 'preference-applied': 'wait=15' } })
    const task = schemas.task.parse(answer.body)
    expect(task).toMatchObject({ state: 'COMPLETED', attempt: 1, result: { hello: 'world' } })
    expect(task.history.map(({ state }) => state)).toEqual(['PENDING', 'RUNNING', 'COMPLETED'])
    const read = await api.call('GET', answer.headers.location ?? '')
    expect(read.body).toEqual(task)
  })

  test('P13 the fate of each task of a batch is its own', async () => {
    const { api } = drive()
    const tasks = Array.from({ length: 60 }, (_, n) => ({ name: n === 7 ? 'nobody' : 'echo', payload: n }))
    const answer = await api.post('/api/v1/tasks/batch', { tasks })
    expect(answer.status).toBe(200)
    const { items } = schemas.batchAnswer.parse(answer.body)
    expect(items.map(({ status }) => status)).toEqual(tasks.map(({ name }) => (name === 'nobody' ? 422 : 202)))
    const ids = items.flatMap(item => ('id' in item ? [item.id] : []))
    const ended = await Promise.all(ids.map(id => api.ended(id)))
    expect(ended.map(({ result }) => result)).toEqual(
      tasks.flatMap(({ name, payload }) => (name === 'echo' ? [payload] : [])),
    )
  })

  test('P7 a delayed task does not start before its time', async () => {
    const { api } = drive()
    const answer = await api.post('/api/v1/tasks', { name: 'echo', delay: '4s' })
    const { id, state, runAt } = schemas.submitted.parse(answer.body)
    expect(state).toBe('SCHEDULED')
    const { startedAt = '' } = await api.ended(id)
    expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(Date.parse(runAt))
  })

  test('P8 the same key and body is the same task; another body is refused; two at once are one', async () => {
    const { api } = drive()
    const key = { 'idempotency-key': `import ${crypto.randomUUID()}` }
    const task = { name: 'echo', payload: { row: 2 } }
    const both = await Promise.all([api.post('/api/v1/tasks', task, key), api.post('/api/v1/tasks', task, key)])
    const ids = new Set(both.map(({ body }) => (body as { id: string }).id))
    expect(both.map(({ status }) => status)).toEqual([202, 202])
    expect(ids.size).toBe(1)
    const [id = ''] = ids
    await api.ended(id)
    const repeat = await api.post('/api/v1/tasks', task, key)
    expect(repeat).toMatchObject({
      status: 202,
      headers: { 'idempotency-replayed': 'true' },
      body: { id, state: 'COMPLETED' },
    })
    const other = await api.post('/api/v1/tasks', { ...task, payload: { row: 3 } }, key)
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  test('H7 a payload of 100 KB and a result as large lie beside the row', async () => {
    const { api, stage } = drive()
    const payload = incompressible(100_000)
    const id = await api.submit({ name: 'echo', payload })
    const task = await api.ended(id)
    expect(task).toMatchObject({ state: 'COMPLETED', payload, result: payload })
    const items = await itemsOf(stage, id)
    const bodies = items.filter(({ sk }) => sk?.S?.startsWith('body#'))
    expect(bodies.length).toBe(2)
    const row = items.find(({ sk }) => sk?.S === 'task')
    expect(JSON.stringify(row).length).toBeLessThan(2_000)
  })

  test('a task that is edited to be due earlier starts at its new time, and an edit of what has changed since is refused', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'echo', payload: 'patience', delay: '10m' })
    const { headers } = await api.get(`/api/v1/tasks/${id}`)
    const edit = (json: unknown) =>
      api.send('PATCH', `/api/v1/tasks/${id}`, { json, headers: { 'if-match': headers.etag ?? '' } })
    expect(await edit({ runAt: new Date().toISOString(), title: 'now' })).toMatchObject({ status: 200 })
    expect(await edit({ title: 'too late' })).toMatchObject({ status: 412 })
    expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', title: 'now', result: 'patience' })
  })

  test('what is malformed or unknown is refused as a problem that names it', async () => {
    const { api } = drive()
    const json = { 'content-type': 'application/json' }
    const refused = [
      [400, 'malformed', await api.send('POST', '/api/v1/tasks', { body: '{"name":', headers: json })],
      [400, 'malformed', await api.post('/api/v1/tasks', { nmae: 'echo' })],
      [422, 'invalid', await api.post('/api/v1/tasks', { name: 'flaky', payload: { failures: 'many' } })],
      [422, 'invalid', await api.post('/api/v1/tasks', { name: 'nobody' })],
      [404, 'not_found', await api.get('/api/v1/tasks/task_00000000000000000000000000')],
      [404, 'not_found', await api.get('/api/v1/nothing')],
      [405, 'method_not_allowed', await api.send('PATCH', '/api/v1/tasks')],
    ] as const
    for (const [status, code, answer] of refused) {
      expect(answer, answer.text).toMatchObject({ status, body: { code } })
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(schemas.problem.parse(answer.body).requestId).toBeTruthy()
      expect(answer.text).not.toMatch(/arn:|at .*\.m?js|node:/)
    }
  })
}
