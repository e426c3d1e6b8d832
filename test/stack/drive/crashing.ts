import { expect, test } from 'vitest'
import type { Task } from '../../helpers/client.ts'
import type { Api } from '../api.ts'
import type { Drive } from './drive.ts'

/** Waits until the task says which process it is in. */
async function processOf(api: Api, id: string): Promise<{ readonly task: Task; readonly pid: number }> {
  const task = await api.when(id, ({ progress }) => progress?.message !== undefined)
  return { task, pid: Number(/in process (\d+)/.exec(task.progress?.message ?? '')?.[1]) }
}

/** What dies here is alone in its queue, or in one without batches, so that it takes nobody else's task with it. */
export function crashing(drive: Drive): void {
  test('P5 P6 H37 a task whose worker is killed with -9 runs again within 60 s, and nothing else is lost', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'sleeping', payload: { ms: 28_000 }, priority: 5 })
    const { pid } = await processOf(api, id)
    process.kill(pid, 'SIGKILL')
    const killedAt = Date.now()
    const task = await api.ended(id, 90_000)
    expect(task).toMatchObject({ state: 'COMPLETED', attempt: 2, result: { attempt: 2 } })
    expect((task.result as { process: number }).process).not.toBe(pid)
    expect(Date.parse(task.startedAt ?? '') - killedAt).toBeLessThan(60_000)
  })

  test('H60 a task that is told to cancel and whose worker then dies ends CANCELED', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'sleeping', payload: { ms: 28_000 }, priority: 4 })
    const { pid } = await processOf(api, id)
    expect(await api.post(`/api/v1/tasks/${id}/cancel`, undefined)).toMatchObject({
      status: 202,
      body: { cancelRequested: true },
    })
    process.kill(pid, 'SIGKILL')
    expect(await api.ended(id, 90_000)).toMatchObject({ state: 'CANCELED', attempt: 1 })
  })

  test('P4 H31 a handler that takes its process down is charged, and ends as a crash loop', async () => {
    const { api } = drive()
    const id = await api.submit({ name: 'crash', timeout: '2m', maxAttempts: 1 })
    expect(await api.ended(id, 90_000)).toMatchObject({ state: 'DEAD', attempt: 1, lastError: { code: 'crash_loop' } })
  })
}
