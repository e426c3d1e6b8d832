import type { FireEvent } from '../../../shared/aws/schedule-timers.ts'
import type { Instant } from '../../../shared/core/task.ts'
import type { Answer, Call } from '../network.ts'
import type { World } from '../world.ts'
import { shownBy } from './calendar.ts'
import type { TimerRates } from './settings.ts'

/** What the scheduler of AWS holds under a name. */
export interface Timer {
  readonly id: string
  readonly generation: number
  readonly expression: string
  readonly input: string
  /** Fires of it since faults have ended that found nothing to do. */
  idle: number
  /** It has fired for the last time, and has gone by itself. */
  isOver: boolean
}

export interface TimerOptions {
  readonly world: World
  readonly rates: TimerRates
  /** @param done hears how much there was to do; undefined when nobody knows */
  readonly fire: (event: FireEvent, done: (found: number | undefined) => void) => void
}

/** Fires within a minute of its time. */
const PRECISION_MS = 60_000
/** A change may be late so long: what was there before fires on. */
const STALE_MS = 60_000
const LATE_MS = [300_000, 3 * 3_600_000] as const
const EARLY_MS = [1_000, 5_000, 180_000] as const
/** A call that fails is made again, and then given up. */
const RETRIES_MS = [60_000, 120_000]
const MAX = [59, 23, 31, 12, 6]

/** EventBridge Scheduler: rules under names, created, replaced and removed, whose fires come early, late, twice, after their end, or never. */
export function createTimers({ world, rates, fire }: TimerOptions) {
  const { random } = world
  const timers = new Map<string, Timer>()
  /** The latest generation whose rule was ever put. */
  const told = new Map<string, Set<number>>()
  const happens = (rate: number) => world.faulty && random.chance(rate)

  function put(body: Call['body']): void {
    const name = String(body.Name)
    const { Input } = body.Target as { readonly Input: string }
    const { generation } = JSON.parse(Input) as FireEvent
    const timer = {
      id: name,
      generation,
      expression: String(body.ScheduleExpression),
      input: Input,
      idle: 0,
      isOver: false,
    }
    timers.set(name, timer)
    told.set(name, (told.get(name) ?? new Set()).add(generation))
    follow(timer, timesOf(body, world.now))
  }

  /** @param times from the next one on */
  function follow(timer: Timer, times: Iterator<Instant>): void {
    const { value: at, done } = times.next()
    if (done) {
      timer.isOver = true
      return
    }
    const early = happens(rates.early) ? random.pick(EARLY_MS) : 0
    const late = happens(rates.late) ? random.between(...LATE_MS) : random.between(0, PRECISION_MS - 1_000)
    world.post(at - world.now - early + (early > 0 ? 0 : late), `timer ${timer.id} of ${timer.generation}`, () =>
      deliver(timer, at, RETRIES_MS),
    )
    // The next one does not wait for one that is late.
    world.post(at - world.now, 'next', () => {
      if (timers.get(timer.id) === timer) follow(timer, times)
    })
  }

  function deliver(timer: Timer, at: Instant, retries: readonly number[]): void {
    const isGone = timers.get(timer.id) !== timer
    if (isGone && !happens(rates.stale)) return
    if (happens(rates.lost)) return
    if (happens(rates.doubled)) world.post(random.between(1, STALE_MS), 'timer again', () => call(timer, at, []))
    call(timer, at, retries)
  }

  function call(timer: Timer, at: Instant, retries: readonly number[]): void {
    const event = JSON.parse(timer.input.replace('<aws.scheduler.scheduled-time>', new Date(at).toISOString()))
    fire(event as FireEvent, found => {
      if (found === 0 && !world.faulty) timer.idle++
      const [again, ...rest] = retries
      if (found === undefined && again !== undefined) world.post(again, 'retry', () => call(timer, at, rest))
    })
  }

  const there = (id: string) => {
    const timer = timers.get(id)
    return timer?.isOver ? undefined : timer
  }

  return {
    there,
    /** Whether the scheduler has ever been told of a generation. */
    wasTold: (id: string, generation: number) => told.get(id)?.has(generation) ?? false,
    service({ operation, body }: Call): Answer {
      const isThere = there(String(body.Name)) !== undefined
      switch (operation) {
        case 'CreateSchedule':
          if (isThere) return refused(409, 'ConflictException')
          put(body)
          return { status: 200, body: {} }
        case 'UpdateSchedule':
          if (!isThere) return refused(404, 'ResourceNotFoundException')
          put(body)
          return { status: 200, body: {} }
        case 'DeleteSchedule':
          if (!isThere) return refused(404, 'ResourceNotFoundException')
          timers.delete(String(body.Name))
          return { status: 200, body: {} }
        default:
          throw new Error(`the scheduler knows no ${operation}`)
      }
    },
  }
}

function refused(status: number, type: string): Answer {
  return { status, body: { __type: `com.amazonaws#${type}`, Message: type } }
}

/** When a timer fires, from now on. */
function* timesOf(body: Call['body'], now: Instant): Generator<Instant, undefined> {
  const expression = String(body.ScheduleExpression)
  const start = body.StartDate === undefined ? now : Number(body.StartDate)
  const end = body.EndDate === undefined ? Number.POSITIVE_INFINITY : Number(body.EndDate)
  const [, kind = '', what = ''] = /^(at|rate|cron)\((.+)\)$/.exec(expression) ?? []
  if (kind === 'at') {
    yield Date.parse(`${what}Z`)
  } else if (kind === 'rate') {
    const every = Number(what.split(' ')[0]) * 60_000
    for (let at = start; at <= end; at += every) if (at >= now) yield at
  } else {
    for (const at of shownBy(fiveFields(what), String(body.ScheduleExpressionTimezone), now))
      if (at > now && at >= start && at <= end) yield at
  }
}

/** EventBridge has a sixth field for years, a mark for the field that says nothing, and steps from a value on. */
function fiveFields(expression: string): string {
  const fields = expression.split(' ').slice(0, 5)
  return fields.map((field, index) => field.replace('?', '*').replace(/^(\d+)\//, `$1-${MAX[index]}/`)).join(' ')
}
