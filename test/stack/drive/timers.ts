import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { PurgeQueueCommand } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { attributes, rowKey } from '../../../shared/aws/row-codec.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from '../stage.ts'
import { beginReconcile, type Drive, depth, EMPTY } from './drive.ts'

/** What is ahead, by a quarter of an hour or less, or by more. */
export function timers(drive: Drive, reconciles: 'by rule' | 'on demand'): void {
  test('H48 a delay that no message can carry is a schedule, which has the task run and is gone', async () => {
    const { api, stage } = drive()
    const id = await api.submit({ name: 'echo', payload: 'at last', delay: '20m' })
    const { scheduler } = stage.clients
    const GroupName = await stage.variable('timerGroup')
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName, NamePrefix: id }))
    expect(Schedules).toHaveLength(1)
    const Name = Schedules[0]?.Name ?? ''
    const { runAt } = await api.task(id)
    const schedule = await scheduler.send(new GetScheduleCommand({ GroupName, Name }))
    expect(schedule).toMatchObject({
      ScheduleExpression: `at(${upTo(Date.parse(runAt) - 60_000)})`,
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: (await stage.queue('3')).arn },
    })

    // Twenty minutes pass: for the row, and for the Scheduler.
    await makeDue(stage, id)
    const { Target, FlexibleTimeWindow, ActionAfterCompletion } = schedule
    const ScheduleExpression = `at(${upTo(Date.now() + 1_000)})`
    const moved = { GroupName, Name, ScheduleExpression, Target, FlexibleTimeWindow, ActionAfterCompletion }
    await scheduler.send(new UpdateScheduleCommand(moved))
    expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'at last' })
    const isGone = () =>
      scheduler.send(new GetScheduleCommand({ GroupName, Name })).then(
        () => false,
        error => error instanceof ResourceNotFoundException,
      )
    await eventually(isGone, gone => gone)
  })

  if (reconciles === 'by rule') {
    test('a long delay starts within two minutes of its time where schedules never fire', async () => {
      const { api, stage } = drive()
      const id = await api.submit({ name: 'echo', payload: 'all the same', delay: '20m' })
      const { scheduler } = stage.clients
      const GroupName = await stage.variable('timerGroup')
      const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName, NamePrefix: id }))
      for (const { Name } of Schedules) await scheduler.send(new DeleteScheduleCommand({ GroupName, Name }))
      await makeDue(stage, id)
      expect(await api.ended(id, 120_000)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'all the same' })
    })
  }

  test('P2 P5 H24 hints that were purged are sent again by reconcile, and no task is lost', async () => {
    const { api, stage } = drive()
    const { url } = await stage.queue('2')
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(payload => api.submit({ name: 'echo', payload, priority: 2, delay: '5s' })),
    )
    await stage.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: url }))
    expect(await depth(stage, url)).toEqual(EMPTY)
    // Overdue by more than ten seconds; until then a hint might only be late.
    for (const id of ids) await makeDue(stage, id, 15_000)
    const limitMs = reconciles === 'by rule' ? 100_000 : 30_000
    if (reconciles === 'on demand') await beginReconcile(stage)
    for (const id of ids) expect(await api.ended(id, limitMs)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })
}

/** Lets the time of a waiting task come, or pass. */
async function makeDue(stage: Stage, id: string, agoMs = 0): Promise<void> {
  await stage.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: await stage.variable('tasksTable'),
      Key: rowKey(id),
      UpdateExpression: 'SET #runAt = :due, #wakeAt = :due',
      ExpressionAttributeNames: { '#runAt': attributes.runAt, '#wakeAt': attributes.wakeAt },
      ExpressionAttributeValues: { ':due': { N: String(Date.now() - agoMs) } },
    }),
  )
}

/** As schedules take times: whole seconds, never before. */
function upTo(at: number): string {
  return new Date(Math.ceil(at / 1_000) * 1_000).toISOString().slice(0, 19)
}
