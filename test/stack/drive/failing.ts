import { expect, test } from 'vitest'
import * as schemas from '../../../shared/http/answer-schemas.ts'
import { eventually } from '../eventually.ts'
import type { Drive } from './drive.ts'

export function failing(drive: Drive): void {
  test('P2 P4 a task that fails once is tried again', async () => {
    const { api } = drive()
    const task = await api.ended(await api.submit({ name: 'flaky', payload: { failures: 1 } }))
    expect(task).toMatchObject({ state: 'COMPLETED', attempt: 2, attemptsLeft: 1, result: { attempts: 2 } })
    expect(task.history.map(({ state }) => state)).toEqual(['PENDING', 'RUNNING', 'RETRYING', 'RUNNING', 'COMPLETED'])
    const [, , failed, again] = task.history
    expect(Date.parse(again?.at ?? '') - Date.parse(failed?.at ?? '')).toBeGreaterThanOrEqual(1_000)
  })

  test('P4 H50 H54 a task whose attempts are spent is a dead letter; requeued, it starts its second run', async () => {
    const { api } = drive()
    const tags = { test: crypto.randomUUID() }
    const id = await api.submit({ name: 'flaky', payload: { failures: 9 }, maxAttempts: 2, tags })
    const dead = await api.ended(id)
    expect(dead).toMatchObject({ state: 'DEAD', run: 1, attempt: 2, attemptsLeft: 0, finishedAt: expect.any(String) })
    expect(dead.lastError).toMatchObject({ name: 'Error', message: 'attempt 2 fails, as do the first 9' })
    const inbox = async () =>
      schemas.deadPage.parse((await api.get('/api/v1/dead-letters?name=flaky&limit=200')).body).items
    const listed = await eventually(inbox, items => items.some(item => item.id === id))
    expect(listed.find(item => item.id === id)).toMatchObject({ tags, state: 'DEAD' })

    const requeued = await api.post(`/api/v1/tasks/${id}/requeue`, { payload: { failures: 0 } })
    expect(requeued).toMatchObject({ status: 202, body: { id, run: 2 } })
    const task = await api.ended(id)
    expect(task).toMatchObject({ state: 'COMPLETED', run: 2, attempt: 1, result: { attempts: 1 } })
    expect(task.history.map(({ state }) => state)).toContain('DEAD')
    await eventually(inbox, items => items.every(item => item.id !== id))
    expect(await api.post(`/api/v1/tasks/${id}/requeue`, { payload: { failures: 0 } })).toMatchObject({ status: 202 })
  })

  test('dead letters are requeued by their fingerprint', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'fussy', maxAttempts: 1 })
    const { lastError } = await api.ended(id)
    const fingerprint = lastError?.fingerprint
    const requeue = async () =>
      schemas.requeuedAnswer.parse((await api.post('/api/v1/dead-letters/requeue', { fingerprint })).body).requeued
    expect(await eventually(requeue, ids => ids.length > 0)).toEqual([id])
    expect(await api.when(id, ({ run, state }) => run === 2 && state === 'DEAD')).toMatchObject({ attempt: 1 })
  })

  test('P11 H61 a waiting task is canceled at once and never starts; canceled again it is refused', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'echo', delay: '3s' })
    expect(await api.post(`/api/v1/tasks/${id}/cancel`, undefined)).toMatchObject({
      status: 200,
      body: { id, state: 'CANCELED' },
    })
    expect(await api.post(`/api/v1/tasks/${id}/cancel`, undefined)).toMatchObject({
      status: 409,
      body: { code: 'conflict', currentState: 'CANCELED' },
    })
    // One that was submitted later for the same time has run: so the hint of the first has been there, too.
    await api.ended(await api.submit({ name: 'echo', delay: '4s' }))
    expect(await api.task(id)).toMatchObject({ state: 'CANCELED', attempt: 0 })
  })

  test('P11 a running task is told to cancel at its next heartbeat', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'sleeping', payload: { ms: 45_000 }, timeout: '2m' })
    await api.when(id, ({ state }) => state === 'RUNNING')
    const answer = await api.send('DELETE', `/api/v1/tasks/${id}`)
    expect(answer).toMatchObject({ status: 200, body: { state: 'RUNNING', cancelRequested: true } })
    const before = Date.now()
    expect(await api.ended(id)).toMatchObject({ state: 'CANCELED', attempt: 1 })
    // A heartbeat every 10 s, and a busy machine.
    expect(Date.now() - before).toBeLessThan(20_000)
  })

  test('H43 a result that cannot be stored ends a task for good', async () => {
    const { api } = drive()
    const task = await api.ended(await api.submit({ name: 'big', payload: { characters: 300_000 } }))
    expect(task).toMatchObject({ state: 'DEAD', attempt: 1, lastError: { code: 'result_unstorable' } })
  })

  test('a handler puts its task off, submits another one, logs and shows how far it is', async () => {
    const { api } = drive()
    const parent = await api.ended(await api.submit({ name: 'parent' }))
    expect(parent.state).toBe('COMPLETED')
    expect(parent.attempt).toBeGreaterThan(1)
    const child = await api.ended((parent.result as { id: string }).id)
    expect(child).toMatchObject({ name: 'echo', state: 'COMPLETED', result: { from: parent.id } })

    const talkative = await api.ended(await api.submit({ name: 'talkative' }))
    expect(talkative).toMatchObject({ state: 'COMPLETED', progress: { percent: 50, message: 'half of it' } })
    const { items } = schemas.logPage.parse((await api.get(`/api/v1/tasks/${talkative.id}/logs`)).body)
    expect(items).toMatchObject([
      { level: 'info', message: 'first words', fields: { answer: 42 }, attempt: 1 },
      { level: 'warn', message: 'last words', attempt: 1 },
    ])
  })

  test('a task with a long timeout has a queue of its own', async () => {
    const { api } = drive()
    expect(await api.ended(await api.submit({ name: 'lengthy', payload: 1 }))).toMatchObject({
      state: 'COMPLETED',
      result: 1,
    })
  })
}
