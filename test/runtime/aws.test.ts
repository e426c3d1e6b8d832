import { describe, expect, test } from 'vitest'
import { lanes, variables } from '../../shared/aws/names.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { openAws } from '../../shared/runtime/aws.ts'
import { createTasksFunction } from '../../shared/runtime/aws-tasks.ts'
import { eventOf } from '../http/setup.ts'

/** As the stacks set them; nothing here is asked. */
const variablesOfStacks: Readonly<Record<string, string>> = {
  [variables.stage]: 'dev',
  [variables.tasksTable]: 'tasks-table',
  [variables.appTable]: 'app-table',
  [variables.queues]: JSON.stringify(
    Object.fromEntries(lanes.map(lane => [lane, { url: `https://queue/${lane}`, arn: `arn:aws:sqs:r:1:${lane}` }])),
  ),
  [variables.timerGroup]: 'group',
  [variables.timerRole]: 'arn:aws:iam::1:role/timers',
  [variables.reconcileArn]: 'arn:aws:lambda:r:1:function:reconcile',
  [variables.retentionDays]: '7',
  AWS_REGION: 'us-east-1',
}
const echo = defineTask({ name: 'echo', run: input => input })

describe('a function that starts', () => {
  test.each([
    'stage',
    'tasksTable',
    'appTable',
    'queues',
    'timerGroup',
    'timerRole',
    'reconcileArn',
    'retentionDays',
  ] as const)('names the variable that is missing: %s', name => {
    const { [variables[name]]: _, ...env } = variablesOfStacks
    expect(() => openAws(env, { echo })).toThrow(
      `the environment variable ${variables[name]} is missing: deploy the stack again`,
    )
  })

  test('takes tasks from a list and by name', () => {
    const other = defineTask({ name: 'other', run: () => 1 })
    const registry = openAws(variablesOfStacks, { default: [echo], other, version: '1' }).registry
    expect([...registry.keys()]).toEqual(['echo', 'other'])
    expect(() => openAws(variablesOfStacks, {})).toThrow('the module of the tasks exports no task')
  })

  test('H99 refuses a task that takes longer than a function can run', () => {
    const fits = defineTask({ name: 'fits', timeout: '14m', run: () => 1 })
    const slow = defineTask({ name: 'slow', timeout: '20m', run: () => 1 })
    expect(() => openAws(variablesOfStacks, { fits })).not.toThrow()
    expect(() => openAws(variablesOfStacks, { fits, slow })).toThrow(
      'the task slow has a timeout of 20 minutes: on Lambda at most 14',
    )
  })

  test('tells long tasks from others, by what was chosen for the task before its definition', () => {
    const slow = defineTask({ name: 'slow', timeout: '61s', run: () => 1 })
    const quick = defineTask({ name: 'quick', timeout: '60s', run: () => 1 })
    const { isLong } = openAws(variablesOfStacks, { slow, quick })
    // Only name and policy are looked at.
    const row = (name: string, timeoutMs?: number) =>
      ({ name, ...(timeoutMs !== undefined && { policy: { timeoutMs } }) }) as Parameters<typeof isLong>[0]
    expect([row('slow'), row('quick'), row('gone'), row('slow', 5_000), row('quick', 60_001)].map(isLong)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ])
  })
})

test('SEC-46 a table that cannot be reached is a 503 in our own words', async () => {
  const env = { ...variablesOfStacks, [variables.apiAuth]: 'none' }
  const before = { ...process.env }
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-test',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  })
  try {
    const handler = createTasksFunction(env, { echo })
    const answer = await handler(eventOf('GET', '/api/v1/tasks', {}))
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } })
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'unavailable', instance: '/api/v1/tasks' })
    expect(answer.body).not.toMatch(/127\\.0\\.0\\.1|AKID|a-secret|app-table/)
  } finally {
    process.env = before
  }
})
