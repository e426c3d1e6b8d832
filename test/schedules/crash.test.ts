import { describe, expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import type { Instant } from '../../shared/core/task.ts'
import { decodeTime } from '../../shared/core/task-id.ts'
import { isDisabled } from '../../shared/identity/user.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { TimedSchedule } from '../../shared/ports/schedule-timers.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createSchedules } from '../../shared/schedules/create-schedules.ts'
import type { Fire, Schedule, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import type { Schedules } from '../../shared/schedules/schedules.ts'
import { openSqliteBackend } from '../../shared/sqlite/backend.ts'
import { at } from '../helpers/clock.ts'
import { createTestEntropy } from '../helpers/engine.ts'

// Every call that a story makes of the stores and the timers fails once, in each way; the next look, and a repeat of the request, lead to
// the same end as without.

const alice: Actor = { owner: 'user_alice', by: 'key_alice', role: 'viewer' }
const NAME = 'tick'
const MINUTE = 60_000

/** How a call may end otherwise than with its answer: not made, made and not answered, and each of them with the end of the process. */
const ends = ['refused', 'unanswered', 'dies before', 'dies after'] as const
type End = (typeof ends)[number]

/** The call of this number fails. */
interface Plan {
  readonly call: number
  readonly end: End
}

class Died extends Error {}

function createWorld(plan: Plan | undefined) {
  let now = at('10:00:00')
  const clock = { now: () => now, after: () => () => {} }
  const entropy = createTestEntropy(clock)
  const stored = openSqliteBackend({
    folder: ':memory:',
    names: [NAME],
    failed(error) {
      throw error
    },
  })
  const timers = new Map<string, TimedSchedule>()
  const calls: string[] = []
  let isArmed = false

  /** Counts calls, and has one of them fail. */
  function failing<Given extends unknown[], Answer>(
    name: string,
    act: (...given: Given) => Promise<Answer>,
    isDead: () => boolean,
    die: () => void,
  ) {
    return async (...given: Given): Promise<Answer> => {
      if (isDead()) return new Promise(() => {})
      if (!isArmed) return act(...given)
      const number = calls.push(name) - 1
      if (plan?.call !== number) return act(...given)
      if (plan.end === 'unanswered' || plan.end === 'dies after') await act(...given)
      if (plan.end === 'refused' || plan.end === 'unanswered') throw new StoreUnavailable('no answer')
      die()
      return new Promise(() => {})
    }
  }

  /** One process. @param died hears of its end */
  function open(died: () => void): Schedules {
    let isDead = false
    const die = () => {
      isDead = true
      died()
    }
    const wrap = <Given extends unknown[], Answer>(name: string, act: (...given: Given) => Promise<Answer>) =>
      failing(name, act, () => isDead, die)
    const { tasks, records, hints } = stored
    const backend: Backend = {
      ...stored,
      tasks: { ...tasks, commit: wrap('tasks.commit', tasks.commit), read: wrap('tasks.read', tasks.read) },
      hints: { ...hints, send: wrap('hints.send', hints.send) },
      records: {
        read: wrap('records.read', records.read),
        readMany: wrap('records.readMany', records.readMany),
        list: wrap('records.list', records.list),
        write: wrap('records.write', records.write),
      },
    }
    const put = async (schedule: TimedSchedule) => void timers.set(schedule.id, schedule)
    const remove = async (id: string) => void timers.delete(id)
    return createSchedules({
      ...{ backend, clock, entropy, emit: () => {}, lookaheadMs: 0 },
      registry: createRegistry([defineTask({ name: NAME, run: () => 1 })]),
      isDisabled: owner => isDisabled(backend.records, owner),
      timers: { put: wrap('timers.put', put), remove: wrap('timers.remove', remove) },
    })
  }

  return {
    calls,
    at(time: Instant) {
      now = time
    },
    /** From here on calls are counted, and fail. */
    arm() {
      isArmed = true
    },
    /** Somebody asks, and asks again when there is no answer. */
    async ask(use: (on: Schedules) => Promise<unknown>): Promise<void> {
      for (let tries = 0; tries < 3; tries++) {
        const { promise: death, resolve: died } = Promise.withResolvers<typeof Died>()
        const asked = use(open(() => died(Died))).then(
          () => 'answered',
          error => {
            if (error instanceof StoreUnavailable || error.code === 'unavailable') return 'failed'
            // What has been done already, before an answer was lost.
            if (error.code === 'not_found' && tries > 0) return 'answered'
            throw error
          },
        )
        if ((await Promise.race([asked, death])) === 'answered') return
      }
      throw new Error('nobody answers')
    },
    async state() {
      const { records } = stored
      const all = await records.list({ partition: 'schedule_all', limit: 100 })
      const schedules = all.records.map(({ value }) => value as Schedule)
      const due = []
      for (let shard = 0; shard < 8; shard++) {
        const page = await records.list({ partition: `schedule_due_${shard}`, limit: 100 })
        due.push(...page.records.map(({ key }) => decodeTime(key.sort.split('_')[0] ?? '')))
      }
      const { rows } = await stored.tasks.list({ limit: 100, now })
      const lines = await Promise.all(
        [...new Set([...schedules.map(({ id }) => id), ...rows.flatMap(({ scheduleId }) => scheduleId ?? [])])].map(
          async id => (await records.list({ partition: `schedule_fired_${id}`, limit: 100 })).records,
        ),
      )
      return {
        schedules: schedules.map(({ rule, paused, nextAt, dueAt, deciding, armed, generation, name }) => ({
          ...{ rule: rule.kind, paused: paused !== undefined, nextAt, dueAt, deciding, name },
          isArmed: armed === generation,
        })),
        due: due.toSorted(),
        timers: [...timers.values()].map(({ rule, generation, id }) => ({
          rule: rule.kind,
          isLatest: schedules.find(each => each.id === id)?.generation === generation,
        })),
        tasks: rows.map(({ scheduledFor, state }) => ({ scheduledFor, state })).toSorted(byTime),
        fired: lines
          .flat()
          .flatMap(({ value }) => (value as { fires: readonly Fire[] }).fires)
          // A repeat finds what people have had made, and does not note it again.
          .filter(({ outcome }) => outcome === 'fired')
          .map(({ scheduledFor, outcome }) => ({ scheduledFor, outcome }))
          .toSorted(byTime),
      }
    },
    close: () => stored.close(),
  }
}

const byTime = (one: { scheduledFor?: Instant | undefined }, other: { scheduledFor?: Instant | undefined }) =>
  (one.scheduledFor ?? 0) - (other.scheduledFor ?? 0)

interface Story {
  readonly name: string
  readonly before?: (on: Schedules) => Promise<unknown>
  /** What is asked for at 10:01:30, half a minute after an occurrence. */
  readonly act: (on: Schedules, id: string) => Promise<unknown>
  /** Whether what is due becomes a task depends on who is first. */
  readonly races?: true
}

const request: ScheduleRequest = { name: 'each minute', task: { name: NAME }, everyMs: MINUTE, catchUp: 100 }
const declared = (everyMs: number): ScheduleRequest => ({ ...request, name: 'declared', everyMs })
const create = (on: Schedules) => on.create(alice, request, 'a key')
const always = () => true

const stories: readonly Story[] = [
  { name: 'create', act: on => on.create(alice, request, 'a key') },
  { name: 'fire', before: create, act: (on, id) => on.fire(id, at('10:01:00')) },
  { name: 'look at what is due', before: create, act: on => on.fireDue(always) },
  {
    name: 'edit while it fires',
    before: create,
    act: (on, id) => both(on.fire(id), on.edit(alice, id, { everyMs: 2 * MINUTE })),
  },
  { name: 'pause', before: create, act: (on, id) => on.pause(alice, id) },
  {
    name: 'resume',
    before: async on => on.pause(alice, (await create(on)).schedule.id),
    act: (on, id) => on.resume(alice, id),
  },
  { name: 'remove', before: create, act: (on, id) => on.remove(alice, id) },
  {
    name: 'remove while it fires',
    before: create,
    act: (on, id) => both(on.fireDue(always), on.remove(alice, id)),
    races: true,
  },
  { name: 'trigger', before: create, act: (on, id) => on.trigger(alice, id, 'a trigger') },
  {
    name: 'backfill',
    before: create,
    act: (on, id) => on.backfill(alice, id, { from: at('10:00:00'), to: at('10:01:30') }),
  },
  { name: 'declare', act: on => on.declare([declared(MINUTE)]) },
  {
    name: 'declare what has changed, and no more what has gone',
    before: on => on.declare([declared(MINUTE), { ...request, name: 'old' }]),
    act: on => on.declare([declared(2 * MINUTE)]),
  },
]

async function both(...acts: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(acts)
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}

async function play({ before, act }: Story, plan?: Plan) {
  const world = createWorld(plan)
  let id = ''
  if (before) await world.ask(before)
  await world.ask(async on => {
    id = (await on.list({ ...alice, role: 'admin' }, { limit: 1 })).schedules[0]?.id ?? ''
  })
  world.at(at('10:01:30'))
  world.arm()
  await world.ask(on => act(on, id))
  const calls = world.calls.length
  // What is left undone is due a minute after the change at the latest.
  for (const time of ['10:02:35', '10:04:05']) {
    world.at(at(time))
    await world.ask(on => on.fireDue(always))
  }
  const state = await world.state()
  world.close()
  return { calls, state }
}

describe('one call of a story fails, each in turn and in every way', () => {
  test.each(stories)('P12 H70 H73 H74 $name', async story => {
    const { calls, state } = await play(story)
    expect(state.schedules.every(({ isArmed, deciding }) => isArmed && !deciding)).toBe(true)
    expect(calls).toBeGreaterThan(2)
    for (let call = 0; call < calls; call++)
      for (const end of ends) {
        const failed = await play(story, { call, end })
        const isEarlier = story.races && failed.state.tasks.length === 0
        const expected = isEarlier ? { ...state, tasks: [], fired: [] } : state
        expect({ call, end, ...failed.state }).toEqual({ call, end, ...expected })
      }
  })
})
