import { beforeEach, expect } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { createRegistry, defineTask, type Registry } from '../../shared/core/definition.ts'
import { PulseError } from '../../shared/core/errors.ts'
import type { Instant, TaskRow } from '../../shared/core/task.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import { isDisabled } from '../../shared/identity/user.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import type { TimedSchedule } from '../../shared/ports/schedule-timers.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createSchedules } from '../../shared/schedules/create-schedules.ts'
import type { SchedulesEnvironment } from '../../shared/schedules/environment.ts'
import type { Fire, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import type { Schedules } from '../../shared/schedules/schedules.ts'
import { at } from '../helpers/clock.ts'
import { createTestEntropy } from '../helpers/engine.ts'
import type { BackendUnderTest } from './describe-backends.ts'
import { names } from './fixtures.ts'

export const alice: Actor = { owner: 'user_alice', by: 'key_alice', role: 'viewer' }
export const bob: Actor = { owner: 'user_bob', by: 'key_bob', role: 'viewer' }
export const [name = ''] = names
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const always = () => true

const registry = createRegistry([
  defineTask({ name, run: () => 1 }),
  defineTask({ name: 'seldom', submitLimit: { count: 1, per: '1h' }, run: () => 1 }),
])

/** Timers that remember what they were told, and fail when a test says so. */
export interface RecordedTimers {
  readonly known: Map<string, TimedSchedule>
  fails: boolean
  /** Waited for before they do what they are told. */
  readonly before?: (what: TimedSchedule | undefined) => Promise<void>
}

/** The backend as one process sees it, with something in the way of its records. */
export function seenBy(
  backend: BackendUnderTest,
  way: (records: RecordStore) => Partial<RecordStore>,
): BackendUnderTest {
  const { records } = backend
  return { ...backend, records: { ...records, ...way(records) } }
}

/** The use cases on a backend, at a time that the test sets. */
export function schedulesOn(
  backend: BackendUnderTest,
  options: { timers?: RecordedTimers; lookaheadMs?: number; registry?: Registry } = {},
) {
  let now = at('10:00:00')
  const clock = { now: () => now, after: () => () => {} }
  const events: EngineEvent[] = []
  const { timers } = options
  const check = () => {
    if (timers?.fails) throw new StoreUnavailable('the timers do not answer')
  }
  const on: SchedulesEnvironment = {
    // The ports of the backend that the test has opened, whenever they are asked for.
    backend,
    registry: options.registry ?? registry,
    clock,
    entropy: createTestEntropy(clock),
    emit: event => void events.push(event),
    lookaheadMs: options.lookaheadMs ?? 0,
    isDisabled: owner => isDisabled(backend.records, owner),
    timers: timers && {
      async put(schedule) {
        await timers.before?.(schedule)
        check()
        timers.known.set(schedule.id, schedule)
      },
      async remove(id) {
        await timers.before?.(undefined)
        check()
        timers.known.delete(id)
      },
    },
  }
  return {
    ...createSchedules(on),
    events,
    at(time: Instant) {
      now = time
      backend.setNow(time)
    },
    now: () => now,
  }
}
export type Tested = Schedules & { at(time: Instant): void; now(): Instant; readonly events: readonly EngineEvent[] }

export function request(fields: Partial<ScheduleRequest> = {}): ScheduleRequest {
  const rule = 'cron' in fields || 'at' in fields || 'afterMs' in fields ? {} : { everyMs: MINUTE }
  return { name: 'tick', task: { name, payload: { n: 1 }, priority: 2 }, ...rule, ...fields }
}

export const outcomes = (fires: readonly Fire[]) =>
  fires.map(({ scheduledFor, outcome }) => [time(scheduledFor), outcome])
export const time = (instant: Instant) => new Date(instant).toISOString().slice(11, 19)

export async function refused(work: Promise<unknown>): Promise<PulseError> {
  const error = await work.then(
    () => undefined,
    thrown => thrown,
  )
  expect(error).toBeInstanceOf(PulseError)
  return error
}

/** The use cases on a new backend for each test. */
export function setUp(backend: BackendUnderTest, timers?: RecordedTimers) {
  let schedules: Tested
  beforeEach(() => {
    schedules = schedulesOn(backend, timers && { timers })
  })
  return {
    get schedules() {
      return schedules
    },
    async tasksOf(fires: readonly ({ readonly taskId?: string } | undefined)[]): Promise<readonly TaskRow[]> {
      const rows = await Promise.all(fires.flatMap(fire => (fire?.taskId ? [backend.tasks.read(fire.taskId)] : [])))
      return rows.filter(row => row !== undefined)
    },
    fireAt(id: string, when: Instant, firedFor?: Instant): Promise<readonly Fire[]> {
      schedules.at(when)
      return schedules.fire(id, firedFor)
    },
  }
}
