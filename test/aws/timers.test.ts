import { GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lanes } from '../../shared/aws/names.ts'
import { createTimers, type Timers } from '../../shared/aws/timers.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { newTask } from '../contract/fixtures.ts'
import { receiveAll } from '../helpers/aws-messages.ts'
import { createClients, sharedResources } from '../helpers/aws-resources.ts'
import { at } from '../helpers/clock.ts'
import { type Faults, faultyRequests, loseAnswer, refuse } from '../helpers/faulty-requests.ts'

const shared = sharedResources()
const { own } = shared

function openTimers(reconcile = true): { readonly timers: Timers; readonly requests: Faults } {
  const clients = createClients()
  onTestFinished(() => clients.destroy())
  const { group, roleArn, reconcileArn } = shared.resources.timers
  const { scheduler } = clients
  const timers = createTimers({
    scheduler,
    group,
    roleArn,
    queues: shared.resources.queues,
    clock: systemClock,
    ...(reconcile && { reconcileArn }),
  })
  return { timers, requests: faultyRequests(scheduler) }
}

const schedules = async () =>
  (await own.scheduler.send(new ListSchedulesCommand({ GroupName: shared.resources.timers.group }))).Schedules ?? []
const schedule = async (name: string) =>
  own.scheduler.send(new GetScheduleCommand({ GroupName: shared.resources.timers.group, Name: name }))

let made = 0
function taskOf(traceparent?: string) {
  const { id, name } = newTask({ name: 'resize-image' }, at('10:00:00') + ++made)
  return { id, name, ...(traceparent !== undefined && { traceparent }) }
}

describe('a hint for much later', () => {
  test('H48 is a schedule that fires once, a minute early, sends the hint into its lane, and is gone', async () => {
    const { timers } = openTimers()
    const row = taskOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
    await timers.hintAt(row, '4', at('12:34:56'))
    const name = `${row.id}-${at('12:34:56') / 1_000}`
    expect(name.length).toBeLessThanOrEqual(64)
    const found = await schedule(name)
    expect(found).toMatchObject({
      ScheduleExpression: 'at(2031-05-17T12:33:56)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: shared.resources.queues['4'].arn,
        RoleArn: shared.resources.timers.roleArn,
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    })
    expect(JSON.parse(found.Target?.Input ?? '')).toEqual({
      task: row.id,
      name: 'resize-image',
      traceparent: row.traceparent,
    })
    // The template for queues knows groups of FIFO queues only.
    expect(found.Target?.SqsParameters).toBeUndefined()
  })

  test.each(lanes)('goes into the lane %s', async lane => {
    const { timers, requests } = openTimers()
    await timers.hintAt(taskOf(), lane, at('13:00:00'))
    expect(requests.seen[0]?.body.Target).toMatchObject({ Arn: shared.resources.queues[lane].arn })
  })

  test('H48 has whole seconds, rounded up, in UTC', async () => {
    const { timers, requests } = openTimers()
    await timers.hintAt(taskOf(), '1', at('12:00:00') + 1)
    expect(requests.seen[0]?.body.ScheduleExpression).toBe('at(2031-05-17T11:59:01)')
  })

  test('H48 doubled ones are one; for another time it is another', async () => {
    const { timers } = openTimers()
    const row = taskOf()
    const before = (await schedules()).length
    await Promise.all([timers.hintAt(row, '2', at('14:00:00')), timers.hintAt(row, '2', at('14:00:00'))])
    // The priority has been edited meanwhile: which lane it takes is of no importance.
    await timers.hintAt(row, '3', at('14:00:00'))
    expect(await schedules()).toHaveLength(before + 1)
    await timers.hintAt(row, '2', at('14:00:01'))
    expect(await schedules()).toHaveLength(before + 2)
  })

  test('H3 H48 whose answer is lost is not doubled by the next try', async () => {
    const { timers, requests } = openTimers()
    const before = (await schedules()).length
    requests.next('POST', loseAnswer)
    await timers.hintAt(taskOf(), '2', at('15:00:00'))
    expect(requests.seen).toHaveLength(2)
    expect(await schedules()).toHaveLength(before + 1)
  })

  test('H6 H106 that AWS refuses is told as an outage', async () => {
    const { timers, requests } = openTimers()
    for (const type of ['AccessDeniedException', 'ServiceQuotaExceededException', 'ThrottlingException']) {
      requests.always('POST', refuse(type))
      const error = await timers.hintAt(taskOf(), '1', at('12:00:00')).catch((refused: Error) => refused)
      expect(error, type).toMatchObject({ name: 'StoreUnavailable' })
    }
  })

  test('H48 arrives, and leaves no schedule behind', { timeout: 60_000 }, async () => {
    const { timers } = openTimers()
    const row = taskOf()
    const fires = systemClock.now() + 2_000
    await timers.hintAt(row, '5', fires + 60_000)
    expect((await schedules()).filter(({ Name = '' }) => Name.includes(row.id))).toHaveLength(1)
    // The emulator looks at its schedules every ten seconds.
    const arrived = async () =>
      (await receiveAll(own.sqs, shared.resources.queues['5'].url)).map(({ Body = '' }) => JSON.parse(Body).task)
    await expect.poll(arrived, { timeout: 40_000, interval: 250 }).toEqual([row.id])
    const left = async () => (await schedules()).filter(({ Name = '' }) => Name.includes(row.id))
    await expect.poll(left, { timeout: 15_000, interval: 250 }).toEqual([])
  })
})

describe('the end of a pause', () => {
  test('has reconcile look for what was held back, a moment after it', async () => {
    const { timers } = openTimers()
    await timers.resumeAt('name:resize-image', at('18:00:00') + 1)
    const [found] = (await schedules()).filter(({ Name = '' }) => Name.startsWith('resume-'))
    expect(found?.Name?.length).toBeLessThanOrEqual(64)
    const { Target, ...rest } = await schedule(found?.Name ?? '')
    expect(rest).toMatchObject({ ScheduleExpression: 'at(2031-05-17T18:00:06)', ActionAfterCompletion: 'DELETE' })
    expect(Target).toMatchObject({
      Arn: shared.resources.timers.reconcileArn,
      RoleArn: shared.resources.timers.roleArn,
      Input: '{"resume":true}',
    })
    const before = (await schedules()).length
    await timers.resumeAt('name:resize-image', at('18:00:00') + 1)
    expect(await schedules()).toHaveLength(before)
    await timers.resumeAt('all', at('18:00:00') + 1)
    await timers.resumeAt(`name:${'x'.repeat(100)}`, at('18:00:00') + 1)
    expect(await schedules()).toHaveLength(before + 2)
  })

  test('without a reconcile to call is a mistake of ours', () => {
    const { timers } = openTimers(false)
    expect(() => timers.resumeAt('all', at('18:00:00'))).toThrow(TypeError)
  })
})
