import { DeleteScheduleCommand, GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScheduleTimers, LOOKAHEAD_MS } from '../../shared/aws/schedule-timers.ts'
import type { Rule } from '../../shared/calendar/rule.ts'
import type { Instant } from '../../shared/core/task.ts'
import type { ScheduleTimers, TimedSchedule } from '../../shared/ports/schedule-timers.ts'
import { scheduleId } from '../../shared/schedules/schedule-id.ts'
import { createClients, sharedResources } from '../helpers/aws-resources.ts'
import { at } from '../helpers/clock.ts'
import { doFirst, type Faults, faultyRequests, loseAnswer, loseRequest, refuse } from '../helpers/faulty-requests.ts'

const shared = sharedResources()
const { own } = shared

const places = {
  roleArn: 'arn:aws:iam::000000000000:role/schedules',
  occurrenceArn: 'arn:aws:lambda:us-east-1:000000000000:function:occurrence',
  lostFiresArn: 'arn:aws:sqs:us-east-1:000000000000:lost-fires',
}
const NOW = at('10:00:00')

function openTimers(now: Instant = NOW): { readonly timers: ScheduleTimers; readonly requests: Faults } {
  const { scheduler, destroy } = createClients()
  onTestFinished(() => destroy())
  const { group } = shared.resources.timers
  const clock = { now: () => now, after: () => () => {} }
  return {
    timers: createScheduleTimers({ scheduler, group, ...places, clock }),
    requests: faultyRequests(scheduler),
  }
}

let made = 0
function scheduleOf(rule: Rule, bounds: Partial<TimedSchedule> = {}): TimedSchedule {
  return { id: scheduleId(`${++made}`.padStart(26, '0')), generation: 3, rule, ...bounds }
}

const daily: Rule = { kind: 'cron', expression: '30 9 * * *', timeZone: 'Europe/Berlin' }
const every = (everyMs: number): Rule => ({ kind: 'every', everyMs, anchor: NOW })
const once = (time: Instant): Rule => ({ kind: 'at', at: time })

const GroupName = () => shared.resources.timers.group
const timer = ({ id }: TimedSchedule) =>
  own.scheduler.send(new GetScheduleCommand({ GroupName: GroupName(), Name: id }))
const names = async () =>
  ((await own.scheduler.send(new ListSchedulesCommand({ GroupName: GroupName() }))).Schedules ?? []).map(
    ({ Name }) => Name,
  )
const removeTimer = ({ id }: TimedSchedule) =>
  own.scheduler.send(new DeleteScheduleCommand({ GroupName: GroupName(), Name: id }))
const instant = (time: unknown) => new Date(Number(time) * 1_000).toISOString()

describe('the timer of a schedule', () => {
  test('is named after it, and says to the function which one is due, in which generation, and for when', async () => {
    const { timers } = openTimers()
    const schedule = scheduleOf(daily)
    await timers.put(schedule)
    expect(schedule.id.length).toBeLessThanOrEqual(64)
    const { Target, ...rest } = await timer(schedule)
    expect(rest).toMatchObject({
      ScheduleExpression: 'cron(30 9 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
    })
    expect(Target).toMatchObject({
      Arn: places.occurrenceArn,
      RoleArn: places.roleArn,
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: places.lostFiresArn },
    })
    expect(JSON.parse(Target?.Input ?? '')).toEqual({
      schedule: schedule.id,
      generation: 3,
      // AWS puts the time in its place.
      scheduledFor: '<aws.scheduler.scheduled-time>',
    })
  })

  test('H73 follows an edit, and forgets all of the rule before', async () => {
    const { timers } = openTimers()
    const schedule = scheduleOf(every(300_000), { endAt: at('18:00:00') })
    await timers.put(schedule)
    expect(await timer(schedule)).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', EndDate: expect.any(Date) })
    await timers.put({ id: schedule.id, generation: 4, rule: daily })
    const after = await timer(schedule)
    expect(after).toMatchObject({
      ScheduleExpression: 'cron(30 9 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
    })
    expect([after.StartDate, after.EndDate]).toEqual([undefined, undefined])
    expect(JSON.parse(after.Target?.Input ?? '')).toMatchObject({ generation: 4 })
  })

  test('H74 goes, and is gone for who removes it again', async () => {
    const { timers } = openTimers()
    const schedule = scheduleOf(daily)
    await timers.put(schedule)
    await timers.remove(schedule.id)
    await timers.remove(schedule.id)
    expect(await names()).not.toContain(schedule.id)
  })
})

describe('when it fires', () => {
  async function requestFor(rule: Rule, bounds: Partial<TimedSchedule> = {}, now?: Instant) {
    const { timers, requests } = openTimers(now)
    await timers.put(scheduleOf(rule, bounds))
    const { StartDate, EndDate, ScheduleExpression, Target } = requests.seen[0]?.body ?? {}
    return {
      expression: ScheduleExpression,
      ...(StartDate !== undefined && { from: instant(StartDate) }),
      ...(EndDate !== undefined && { to: instant(EndDate) }),
      input: JSON.parse((Target as { Input: string }).Input),
    }
  }

  test('H77 once, ahead of its time, because a timer may be late; but by less than tasks are made ahead', async () => {
    const { expression, input, ...bounds } = await requestFor(once(at('12:34:56')))
    expect(expression).toBe('at(2031-05-17T12:34:06)')
    expect(bounds).toEqual({})
    expect(at('12:34:56') - at('12:34:06')).toBeLessThan(LOOKAHEAD_MS)
    // It is said which occurrence is meant: the timer's own time is another one.
    expect(input).toMatchObject({ scheduledFor: '2031-05-17T12:34:56.000Z' })
  })

  test.each(['09:59:30', '10:00:00', '10:00:59'])('once, at %s: not in the past, which AWS refuses', async time => {
    expect(await requestFor(once(at(time)))).toMatchObject({ expression: 'at(2031-05-17T10:00:10)' })
  })

  test('at a steady pace from its next occurrence on: AWS refuses one that is long past', async () => {
    expect(await requestFor(every(7_200_000))).toMatchObject({
      expression: 'rate(120 minutes)',
      from: '2031-05-17T12:00:00.000Z',
    })
    expect(await requestFor(every(7_200_000), {}, at('17:30:00'))).toMatchObject({ from: '2031-05-17T18:00:00.000Z' })
  })

  test('each minute, where the pace is none that AWS knows: each fire opens the minute behind it', async () => {
    const { input: _, ...rest } = await requestFor(every(10_000))
    expect(rest).toEqual({ expression: 'rate(1 minute)' })
  })

  test.each([
    ['cron', daily],
    ['a pace that AWS does not know', every(90_000)],
  ])('not before a start that is ahead, and a minute before it rather than too late: %s', async (_, rule) => {
    const { from } = await requestFor(rule, { startAt: at('15:00:00') })
    expect(from).toBe('2031-05-17T14:59:00.000Z')
    expect(await requestFor(rule, { startAt: at('10:00:30') })).not.toHaveProperty('from')
    expect(await requestFor(rule, { startAt: at('08:00:00') })).not.toHaveProperty('from')
  })

  test('until its end, with time for an occurrence at the end itself, and never with an end that is past', async () => {
    expect(await requestFor(daily, { endAt: at('16:00:00') })).toMatchObject({ to: '2031-05-17T16:05:00.000Z' })
    expect(await requestFor(daily, { endAt: at('09:00:00') })).toMatchObject({ to: '2031-05-17T10:05:00.000Z' })
    // One that AWS would refuse: an end before the start.
    const brief = await requestFor(every(7_200_000), { endAt: at('12:00:00') })
    expect(Date.parse(brief.to ?? '')).toBeGreaterThan(Date.parse(brief.from ?? ''))
  })
})

describe('what is lost on the way', () => {
  test('H3 H73 an answer: the next try finds it made, and makes it what it is to be', async () => {
    const { timers, requests } = openTimers()
    const schedule = scheduleOf(daily)
    requests.next('POST', loseAnswer)
    await timers.put(schedule)
    expect(requests.operations()).toEqual(['POST', 'POST', 'PUT'])
    expect(await timer(schedule)).toMatchObject({ ScheduleExpression: 'cron(30 9 * * ? *)' })
    requests.next('PUT', loseAnswer)
    await timers.put({ ...schedule, rule: every(60_000) })
    expect(await timer(schedule)).toMatchObject({ ScheduleExpression: 'rate(1 minute)' })
    requests.next('DELETE', loseAnswer)
    await timers.remove(schedule.id)
    expect(await names()).not.toContain(schedule.id)
  })

  test('H73 a timer that somebody removes in between is made once more', async () => {
    const { timers, requests } = openTimers()
    const schedule = scheduleOf(daily)
    await timers.put(schedule)
    requests.next(
      'PUT',
      doFirst(() => removeTimer(schedule)),
    )
    await timers.put(schedule)
    expect(requests.operations().slice(1)).toEqual(['POST', 'PUT', 'POST'])
    expect(await names()).toContain(schedule.id)
  })

  test('H73 and when that happens again and again, it is an outage', async () => {
    const { timers, requests } = openTimers()
    const schedule = scheduleOf(daily)
    await timers.put(schedule)
    requests.always('PUT', refuse('ResourceNotFoundException', 404))
    await expect(timers.put(schedule)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    requests.always('PUT')
    await timers.put(schedule)
  })

  test('H6 H106 what AWS refuses, and what never arrives, is told as an outage, without names of its own', async () => {
    const { timers, requests } = openTimers()
    const schedule = scheduleOf(daily)
    const refusals = [
      'ThrottlingException',
      'InternalServerException',
      'ServiceQuotaExceededException',
      'ValidationException',
    ]
    for (const act of [
      ...refusals.map(type => refuse(type, 500)),
      refuse('ResourceNotFoundException', 404),
      loseRequest,
    ]) {
      requests.always('POST', act)
      const error = await timers.put(schedule).catch((refused: Error) => refused)
      expect(error).toMatchObject({ name: 'StoreUnavailable' })
      expect(String(error)).not.toMatch(/arn:/)
    }
    requests.always('DELETE', refuse('ThrottlingException', 429))
    await expect(timers.remove(schedule.id)).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})
