import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createRegistry } from '../../shared/core/definition.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { cancel } from '../../shared/core/transitions.ts'
import type { RecordWrite } from '../../shared/ports/record-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { duePartitions } from '../../shared/schedules/records.ts'
import type { Schedule } from '../../shared/schedules/schedule.ts'
import { derivedScheduleId } from '../../shared/schedules/schedule-id.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, MINUTE, outcomes, request, schedulesOn, seenBy, setUp } from './scheduling.ts'

const isDecision = (writes: readonly RecordWrite[]) =>
  writes.some(({ value }) => (value as Partial<Schedule> | undefined)?.deciding !== undefined)
const isOutcome = (writes: readonly RecordWrite[]) =>
  writes.some(({ key }) => key.partition.startsWith('schedule_fired_'))

/** Keys of requests whose schedules are due in the same shard. */
function keysOfOneShard(count: number): readonly string[] {
  const keys: string[] = []
  for (let key = 0; keys.length < count; key++) {
    const digest = createHash('sha256')
      .update(derivedScheduleId(alice.owner, `key ${key}`))
      .digest()
    if (digest.readUInt8() % duePartitions.length === 3) keys.push(`key ${key}`)
  }
  return keys
}

describeBackends('looks at schedules', backend => {
  const on = setUp(backend)
  const { fireAt, tasksOf } = on

  test('H71 one look sees all that is due, however many are due in one place', async () => {
    for (const key of keysOfOneShard(60)) await on.schedules.create(alice, request(), key)
    on.schedules.at(at('10:01:07'))
    const report = await on.schedules.fireDue(always)
    expect(report).toEqual({ looked: 60, made: 60, failed: 0, done: true, nextAt: at('10:02:00') })
  })

  test('H76 whether the task before has ended is seen at the time, and not ahead of it', async () => {
    const ahead = schedulesOn(backend, { lookaheadMs: MINUTE })
    const { schedule } = await ahead.create(alice, request({ overlap: 'skip' }))
    ahead.at(at('10:01:00'))
    const fires = await ahead.fire(schedule.id)
    expect(outcomes(fires)).toEqual([['10:01:00', 'fired']])
    ahead.at(at('10:01:10'))
    expect(await ahead.fire(schedule.id)).toEqual([])
    const [row] = await tasksOf(fires)
    await backend.written(cancel(row as TaskRow, at('10:01:30'), 'alice'))
    ahead.at(at('10:02:00'))
    expect(outcomes(await ahead.fire(schedule.id))).toEqual([['10:02:00', 'fired']])
  })

  test('H76 H77 nor when a timer says too early that it is time; clocks differ by seconds', async () => {
    const { schedule } = await on.schedules.create(alice, request({ overlap: 'skip' }))
    expect(await fireAt(schedule.id, at('10:00:49'), at('10:01:00'))).toEqual([])
    expect(outcomes(await fireAt(schedule.id, at('10:00:50'), at('10:01:00')))).toEqual([['10:01:00', 'fired']])
  })

  test('H76 who finds no room looks whether the one who has it is about to decide the same', async () => {
    const { schedule } = await on.schedules.create(alice, request({ task: { name: 'seldom' } }))
    const { promise: isTaken, resolve: taken } = Promise.withResolvers<void>()
    const { promise: isLookedAgain, resolve: lookAgain } = Promise.withResolvers<void>()
    const { promise: isWritten, resolve: written } = Promise.withResolvers<void>()
    const first = schedulesOn(
      seenBy(backend, records => ({
        async write(writes) {
          if (!isDecision(writes)) return records.write(writes)
          taken()
          await isLookedAgain
          return records.write(writes).finally(written)
        },
      })),
    )
    let looks = 0
    const second = schedulesOn(
      seenBy(backend, records => ({
        async read(key) {
          if (key.partition === 'schedule_all' && ++looks > 1) {
            lookAgain()
            await isWritten
          }
          return records.read(key)
        },
      })),
    )
    first.at(at('10:01:00'))
    second.at(at('10:01:00'))
    const fires = first.fire(schedule.id)
    await isTaken
    expect(outcomes([...(await second.fire(schedule.id)), ...(await fires)])).toEqual([['10:01:00', 'fired']])
    const { fires: lines } = await on.schedules.fires(alice, schedule.id, { limit: 10 })
    expect(outcomes(lines)).toEqual([['10:01:00', 'fired']])
  })

  test('H76 a decision that is lost to a change gives back the room that it took', async () => {
    const { schedule } = await on.schedules.create(alice, request({ task: { name: 'seldom' } }))
    const slow = schedulesOn(
      seenBy(backend, records => ({
        async write(writes) {
          if (isDecision(writes)) await on.schedules.pause(alice, schedule.id)
          return records.write(writes)
        },
      })),
    )
    slow.at(at('10:01:00'))
    expect(await slow.fire(schedule.id)).toEqual([])
    on.schedules.at(at('10:01:00'))
    expect(await on.schedules.trigger(alice, schedule.id)).toMatchObject({ replayed: false })
  })

  test('H76 nothing overlaps with a task that was refused', async () => {
    const { schedule } = await on.schedules.create(alice, request({ overlap: 'skip', task: { name: 'seldom' } }))
    await on.schedules.trigger(alice, schedule.id)
    const fires = await fireAt(schedule.id, at('10:02:10'))
    expect(outcomes(fires)).toEqual([
      ['10:01:00', 'refused'],
      ['10:02:00', 'refused'],
    ])
    expect(fires.map(({ detail }) => detail)).toEqual([fires[0]?.detail, expect.stringContaining('at most 1 tasks')])
  })

  test('H74 H83 a write that the network delivers again does nothing to the one that was made again under its id', async () => {
    const timers = { known: new Map(), fails: false }
    const sent: (readonly RecordWrite[])[] = []
    const first = schedulesOn(
      seenBy(backend, records => ({
        write(writes) {
          sent.push(writes)
          return records.write(writes)
        },
      })),
      { timers },
    )
    // Its timer is known to follow it after one more write, of its record alone.
    const declared = request({ name: 'minutely' })
    await first.declare([declared])
    await first.declare([])
    on.schedules.at(at('10:00:05'))
    await on.schedules.declare([declared])
    const read = () => backend.records.list({ partition: 'schedule_all', limit: 5 })
    const before = await read()
    for (const writes of sent) expect(await backend.records.write(writes)).toBe(false)
    expect(await read()).toEqual(before)
    expect(sent.length).toBeGreaterThan(2)
  })

  test('H71 of a version that does not know the task, nobody says that a task which is there was refused', async () => {
    const { schedule } = await on.schedules.create(alice, request())
    const cutOff = schedulesOn(
      seenBy(backend, records => ({
        async write(writes) {
          if (isOutcome(writes)) throw new StoreUnavailable('cut off')
          return records.write(writes)
        },
      })),
    )
    cutOff.at(at('10:01:00'))
    await expect(cutOff.fire(schedule.id)).rejects.toBeInstanceOf(StoreUnavailable)
    const older = schedulesOn(backend, { registry: createRegistry([]) })
    older.at(at('10:01:07'))
    const fires = await older.fire(schedule.id)
    expect(outcomes(fires)).toEqual([['10:01:00', 'fired']])
    expect(await tasksOf(fires)).toMatchObject([{ scheduleId: schedule.id, scheduledFor: at('10:01:00') }])
    // One that was never made is refused.
    older.at(at('10:02:00'))
    expect(outcomes(await older.fire(schedule.id))).toEqual([['10:02:00', 'refused']])
  })
})
