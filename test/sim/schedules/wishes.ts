import type { Instant } from '../../../shared/core/task.ts'
import type { ScheduleEdit, ScheduleRequest } from '../../../shared/schedules/schedule.ts'
import type { Random } from '../random.ts'
import { TASK } from './program.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const PACES = [15, 30, 45, 60, 60, 90, 120, 300]
const EXPRESSIONS = ['* * * * *', '*/2 * * * *', '*/5 * * * *', '1-59/3 * * * *', '30 * * * *', '0,20,40 2-3 * * *']
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata']

type Rule = Pick<ScheduleRequest, 'at' | 'afterMs' | 'everyMs' | 'cron' | 'timeZone'>

function someRule(random: Random, now: Instant): Rule {
  const kind = random.pick(['every', 'every', 'every', 'cron', 'cron', 'at', 'after'] as const)
  switch (kind) {
    case 'every':
      return { everyMs: random.pick(PACES) * SECOND_MS }
    case 'cron':
      return { cron: random.pick(EXPRESSIONS), timeZone: random.pick(ZONES) }
    case 'at':
      return { at: now + random.pick([-5, 20, 90, 250, 400]) * SECOND_MS }
    case 'after':
      return { afterMs: random.pick([0, 20, 200]) * SECOND_MS }
  }
}

const repeats = ({ at, afterMs }: Rule) => at === undefined && afterMs === undefined

function policies(random: Random): Pick<ScheduleRequest, 'overlap' | 'catchUp' | 'jitterMs'> {
  if (random.chance(0.5)) return { catchUp: 100 }
  return {
    overlap: random.pick(['allow', 'skip', 'skip'] as const),
    catchUp: random.pick(['skip', 'one', 3, 100] as const),
    ...(random.chance(0.3) && { jitterMs: random.between(1_000, 30_000) }),
  }
}

/** A schedule that somebody wants. */
export function someRequest(random: Random, now: Instant, name: string): ScheduleRequest {
  const rule = someRule(random, now)
  const bounds = {
    ...(random.chance(0.2) && { startAt: now + random.between(-2, 3) * MINUTE_MS }),
    ...(random.chance(0.2) && { endAt: now + random.between(5, 9) * MINUTE_MS }),
  }
  return {
    name,
    task: { name: TASK, payload: { n: name } },
    ...rule,
    ...policies(random),
    ...(repeats(rule) && bounds),
    ...(random.chance(0.1) && { paused: true }),
  }
}

export function someEdit(random: Random, now: Instant): ScheduleEdit {
  const kind = random.pick(['rule', 'rule', 'rule', 'task', 'words', 'start', 'end', 'policies'] as const)
  switch (kind) {
    case 'rule': {
      const rule = someRule(random, now)
      return { ...rule, ...(!repeats(rule) && { startAt: null, endAt: null }) }
    }
    case 'task':
      return { task: { name: TASK, payload: { edited: now } } }
    case 'words':
      return { description: `edited at ${now}` }
    case 'start':
      return { startAt: random.chance(0.3) ? null : now + random.between(-2, 3) * MINUTE_MS }
    case 'end':
      return { endAt: random.chance(0.5) ? null : now + random.between(2, 5) * MINUTE_MS }
    case 'policies':
      return { overlap: random.pick(['allow', 'skip'] as const), catchUp: random.pick(['one', 100] as const) }
  }
}
