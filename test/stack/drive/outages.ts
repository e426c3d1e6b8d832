import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import type { FunctionName } from '../../../shared/aws/names.ts'
import { eventually } from '../eventually.ts'
import { askIam } from '../people.ts'
import type { Stage } from '../stage.ts'
import { type Drive, depth } from './drive.ts'

/** Permissions are withdrawn, as by a mistake of a person, and given back. */
export function outages(drive: Drive): void {
  test('H1 H6 a submit whose hint may not be sent is not acknowledged; its repeat is, with the same task', async () => {
    const { api, stage } = drive()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const submit = () => api.post('/api/v1/tasks', { name: 'echo', payload: 'kept' }, key)
    const refused = await without(stage, 'tasks', ['sqs:SendMessage', 'sqs:SendMessageBatch'], submit)
    expect(refused, refused.text).toMatchObject({ status: 503, body: { taskId: expect.stringMatching(/^task_/) } })
    expect(refused.headers['retry-after']).toMatch(/^\d+$/)
    const { taskId } = refused.body as { taskId: string }
    expect(await submit()).toMatchObject({ status: 202, body: { id: taskId } })
    expect(await api.ended(taskId)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'kept' })
  })

  test('H106 a worker that may not write acknowledges nothing and charges nothing', async () => {
    const { api, stage } = drive()
    const { url } = await stage.queue('5')
    const id = await without(stage, 'worker', ['dynamodb:UpdateItem'], async () => {
      const task = await api.submit({ name: 'echo', payload: 'later', priority: 5 })
      await eventually(
        () => depth(stage, url),
        ({ visible, inFlight }) => visible === 0 && inFlight === 1,
      )
      expect(await api.task(task)).toMatchObject({ state: 'PENDING', attempt: 0 })
      return task
    })
    expect(await api.ended(id, 90_000)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'later' })
  })
}

async function without<T>(stage: Stage, name: FunctionName, actions: string[], act: () => Promise<T>): Promise<T> {
  const { Role = '' } = await stage.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: stage.functionName(name) }),
  )
  const policy = { RoleName: Role.slice(Role.lastIndexOf('/') + 1), PolicyName: 'outage' }
  const Statement = [{ Effect: 'Deny', Action: actions, Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await askIam(stage, 'PutRolePolicy', { ...policy, PolicyDocument })
  try {
    return await act()
  } finally {
    await askIam(stage, 'DeleteRolePolicy', policy)
  }
}
