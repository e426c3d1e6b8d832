import { GetScheduleCommand } from '@aws-sdk/client-scheduler'
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { variables } from '../../shared/aws/names.ts'
import { createRecordStore } from '../../shared/aws/record-store.ts'
import type { FireEvent } from '../../shared/aws/schedule-timers.ts'
import type { Actor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { defineSchedule } from '../../shared/core/schedule-definition.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import { openAws, type TasksModule } from '../../shared/runtime/aws.ts'
import { createOccurrenceFunction } from '../../shared/runtime/aws-occurrence.ts'
import { createScheduleUpkeep } from '../../shared/runtime/aws-schedule-upkeep.ts'
import { type AwsSchedules, openSchedules } from '../../shared/runtime/aws-schedules.ts'
import { lambdaClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { settled } from '../../shared/schedules/next.ts'
import { readSchedule, scheduleWrites } from '../../shared/schedules/records.ts'
import type { Schedule, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { derivedScheduleId } from '../../shared/schedules/schedule-id.ts'
import { createResources, sharedResources } from '../helpers/aws-resources.ts'

const shared = sharedResources()
const alice: Actor = { owner: 'user_alice', by: 'key_alice', role: 'viewer' }
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const echo = defineTask({ name: 'echo', run: (payload: unknown) => payload })
const nightly = (cron: string) => defineSchedule(echo, 'night', { name: 'nightly', cron })
const always = () => true

let env: Record<string, string>
let records: RecordStore
let on: AwsSchedules
let fire: (event: unknown) => Promise<void>
const lines: string[] = []

beforeAll(() => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: inject('emulatorUrl'),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
})

beforeEach(async ({ onTestFinished }) => {
  const own = await createResources(shared.own)
  onTestFinished(() => own.remove())
  env = {
    [variables.stage]: 'dev',
    [variables.logLevel]: 'warn',
    [variables.tasksTable]: own.tasksTable,
    [variables.appTable]: own.appTable,
    [variables.queues]: JSON.stringify(own.queues),
    [variables.timerGroup]: own.timers.group,
    [variables.timerRole]: own.timers.roleArn,
    [variables.reconcileArn]: own.timers.reconcileArn,
    [variables.retentionDays]: '7',
    [variables.scheduleTimers]: JSON.stringify({
      group: own.timers.group,
      roleArn: own.timers.roleArn,
      occurrenceArn: 'arn:aws:lambda:us-east-1:000000000000:function:occurrence',
      lostFiresArn: 'arn:aws:sqs:us-east-1:000000000000:lost-fires',
    }),
  }
  const clock = lambdaClock
  const entropy = createEntropy(() => clock.now())
  records = createRecordStore({ dynamodb: shared.own.dynamodb, tableName: own.appTable, clock, entropy })
  on = openSchedules(openAws(env, { echo }), env)
  fire = createOccurrenceFunction(env, { echo })
  lines.length = 0
  vi.spyOn(process.stderr, 'write').mockImplementation(line => lines.push(String(line)) > 0)
})
afterEach(() => vi.restoreAllMocks())

const create = async (fields: Partial<ScheduleRequest>) => {
  const request = { name: 'tick', task: { name: 'echo', payload: 1 }, ...fields }
  return (await on.schedules.create(alice, request)).schedule
}
const eventOf = ({ id, generation }: Pick<Schedule, 'id' | 'generation'>): FireEvent => ({
  schedule: id,
  generation,
  // As the emulator hands it over.
  scheduledFor: '<aws.scheduler.scheduled-time>',
})
const outcomes = async ({ id }: Schedule) =>
  (await on.schedules.fires(alice, id, { limit: 100 })).fires.map(({ outcome }) => outcome)

function timer(id: string) {
  const { group } = JSON.parse(env[variables.scheduleTimers] ?? '')
  return shared.own.scheduler.send(new GetScheduleCommand({ GroupName: group, Name: id })).then(
    ({ ScheduleExpression, Target }) => [ScheduleExpression, JSON.parse(Target?.Input ?? '').generation],
    (error: Error) => error.name,
  )
}

/** As if nobody had looked at it for so long. */
async function neglect(id: string, ms: number): Promise<void> {
  const known = await readSchedule(records, id)
  if (!known) throw new Error('there is no such schedule')
  const { schedule } = known
  const rule = schedule.rule.kind === 'every' ? { ...schedule.rule, anchor: schedule.rule.anchor - ms } : schedule.rule
  const decidedUntil = lambdaClock.now() - ms
  const after = settled({ timers: on.on.timers }, { ...schedule, rule, decidedUntil })
  expect(await records.write(scheduleWrites(known, after))).toBe(true)
}

describe('a fire', () => {
  test('H70 makes the task of what is due, once, whoever else fires, and whatever time AWS says', async () => {
    const schedule = await create({ everyMs: 61_000 })
    await neglect(schedule.id, MINUTE)
    await Promise.all([fire(eventOf(schedule)), fire(eventOf(schedule))])
    await fire({ ...eventOf(schedule), scheduledFor: new Date().toISOString() })
    expect(await outcomes(schedule)).toEqual(['fired'])
    const [line] = (await on.schedules.fires(alice, schedule.id, { limit: 1 })).fires
    expect(await on.on.backend.tasks.read(line?.taskId ?? '')).toMatchObject({ scheduleId: schedule.id })
  })

  test.each([undefined, null, 'sch_1', {}, { schedule: 7, generation: 1 }, { schedule: 'sch_1' }])(
    'that names no schedule is dropped, and told: %j',
    async event => {
      await fire(event)
      expect(lines.join()).toContain('fire.malformed')
    },
  )

  test('H71 that fails is thrown, so that Lambda tries again', async () => {
    const elsewhere = createOccurrenceFunction({ ...env, [variables.appTable]: 'none' }, { echo })
    const schedule = await create({ everyMs: HOUR })
    await expect(elsewhere(eventOf(schedule))).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})

describe('a timer that is not right mends itself when it fires', () => {
  test('H74 one without a schedule goes', async () => {
    const { id, rule } = await create({ everyMs: 5 * MINUTE })
    await on.schedules.remove(alice, id)
    await on.on.timers.put({ id, generation: 1, rule })
    await fire(eventOf({ id, generation: 1 }))
    expect(await timer(id)).toBe('ResourceNotFoundException')
  })

  test('H73 one that follows an earlier rule follows the present one, also when its fires find something to do', async () => {
    const first = await create({ everyMs: HOUR })
    const second = await on.schedules.edit(alice, first.id, { everyMs: 2 * HOUR })
    for (const prepare of [async () => {}, () => neglect(first.id, 3 * HOUR)]) {
      await on.on.timers.put(first)
      expect(await timer(first.id)).toEqual(['rate(60 minutes)', 1])
      await prepare()
      await fire(eventOf(first))
      expect(await timer(first.id)).toEqual(['rate(120 minutes)', 2])
    }
    expect(second.generation).toBe(2)
  })

  test('H73 one of a schedule that is paused goes', async () => {
    const first = await create({ everyMs: HOUR })
    await on.schedules.pause(alice, first.id)
    await on.on.timers.put(first)
    await fire(eventOf(first))
    expect(await timer(first.id)).toBe('ResourceNotFoundException')
  })

  test('H71 one that fires once, and has done so too early, is made again', async () => {
    const schedule = await create({ at: lambdaClock.now() + HOUR })
    await on.on.timers.remove(schedule.id)
    await fire(eventOf(schedule))
    expect(await timer(schedule.id)).toEqual([expect.stringMatching(/^at\(/), 1])
  })
})

describe('a pass of reconcile', () => {
  const upkeep = (tasks: TasksModule = { echo }) => createScheduleUpkeep(openAws(env, tasks), env, tasks)

  test('H71 makes what is due; that is no repair while timers may still say so', async () => {
    const schedule = await create({ everyMs: 10 * MINUTE })
    await neglect(schedule.id, 13 * MINUTE)
    expect(await upkeep()({}, always)).toEqual({ looked: 1, made: 1, late: 0, failed: 0 })
    expect(await upkeep()({}, always)).toEqual({ looked: 0, made: 0, late: 0, failed: 0 })
  })

  test('H71 H73 what has been due for minutes is one, and has its timer made anew', async () => {
    const schedule = await create({ everyMs: 10 * MINUTE })
    await neglect(schedule.id, 17 * MINUTE)
    await on.on.timers.remove(schedule.id)
    expect(await upkeep()({}, always)).toEqual({ looked: 1, made: 1, late: 1, failed: 0 })
    expect(await timer(schedule.id)).toEqual(['rate(10 minutes)', 1])
  })

  test('one that fails is told, and counted', async () => {
    await create({ everyMs: HOUR })
    const elsewhere = { ...env, [variables.tasksTable]: 'none' }
    const schedule = await create({ everyMs: 61_000 })
    await neglect(schedule.id, MINUTE)
    const tally = await createScheduleUpkeep(openAws(elsewhere, { echo }), elsewhere, { echo })({}, always)
    expect(tally).toEqual({ looked: 1, made: 0, late: 0, failed: 1 })
    expect(lines.join()).toContain('schedule.failed')
  })

  test('of restored tables has all timers follow them', async () => {
    const [kept, paused] = [await create({ everyMs: HOUR }), await create({ everyMs: HOUR })]
    await on.schedules.pause(alice, paused.id)
    await on.on.timers.remove(kept.id)
    await on.on.timers.put(paused)
    await upkeep()({ restored: true }, always)
    expect(await timer(kept.id)).toEqual(['rate(60 minutes)', 1])
    expect(await timer(paused.id)).toBe('ResourceNotFoundException')
  })

  test('declares what no deployment has declared, and leaves alone what people have changed since', async () => {
    const id = derivedScheduleId('deploy', 'nightly')
    const admin: Actor = { owner: 'user_root', by: 'user_root', role: 'admin' }
    const cronOf = async () => (await readSchedule(records, id))?.schedule.rule
    const first = { echo, nightly: nightly('0 1 * * *') }
    await upkeep(first)({ name: 'echo' }, always)
    await upkeep(first)({ since: 1 }, always)
    expect(await cronOf()).toBeUndefined()
    await upkeep(first)({}, always)
    expect(await cronOf()).toMatchObject({ expression: '0 1 * * *' })
    expect(await timer(id)).toEqual(['cron(0 1 * * ? *)', 1])

    await on.schedules.edit(admin, id, { cron: '0 2 * * *' })
    await upkeep(first)({}, always)
    expect(await cronOf()).toMatchObject({ expression: '0 2 * * *' })

    await upkeep({ echo, nightly: nightly('0 3 * * *') })({}, always)
    expect(await cronOf()).toMatchObject({ expression: '0 3 * * *' })
    await upkeep({ echo })({}, always)
    expect(await cronOf()).toBeUndefined()
    expect(await timer(id)).toBe('ResourceNotFoundException')
  })
})
