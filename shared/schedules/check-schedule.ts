import { isOnce, LONGEST_AHEAD_MS } from '../calendar/rule.ts'
import { changedSince, invalidField, PulseError } from '../core/errors.ts'
import type { ScheduledTask } from '../core/schedule-definition.ts'
import type { Instant } from '../core/task.ts'
import { checkPayload, findDefinition } from '../engine/check-payload.ts'
import type { Environment } from '../engine/environment.ts'
import { differs } from './differs.ts'
import { nextOf } from './next.ts'
import type { Schedule } from './schedule.ts'

/** A schedule is one record, which is written with each fire: what is longer belongs into a place that the task reads. */
const MAX_PAYLOAD_BYTES = 32_768
const HOUR_MS = 3_600_000

/** @throws PulseError `precondition_failed` when it has another generation than somebody has seen */
export function checkGeneration({ generation }: Schedule, expected: number | undefined): void {
  if (expected !== undefined && expected !== generation) throw changedSince('schedule', { generation })
}

type IsNew = (field: 'rule' | 'startAt' | 'endAt' | 'task') => boolean

/**
 * @param before the schedule as it was: what stays is not checked, since it was right in its time
 * @throws PulseError naming the field of what cannot be
 */
export async function checkSchedule(
  on: Environment,
  schedule: Schedule,
  now: Instant,
  before?: Schedule,
): Promise<void> {
  const isNew: IsNew = field => before === undefined || differs(before, schedule, field)
  checkBounds(schedule, now, isNew)
  checkEnd(schedule, now, isNew)
  if (isNew('task')) await checkTask(on, schedule.task)
}

/**
 * What would be a mistake at any time.
 * @throws PulseError naming the field
 */
export function checkBounds(schedule: Schedule, now: Instant, isNew: IsNew = () => true): void {
  const { rule, startAt, endAt } = schedule
  if (isOnce(rule) && (isNew('rule') || isNew('startAt') || isNew('endAt'))) checkUnbounded(schedule, isNew)
  if (startAt === undefined) return
  if (isNew('startAt') && startAt > now + LONGEST_AHEAD_MS)
    throw invalidField('/startAt', `must be within ten years, such as ${quoted(now + HOUR_MS)}`)
  if (endAt === undefined || endAt > startAt) return
  const later = quoted(Math.max(now, startAt) + HOUR_MS)
  if (isNew('endAt')) throw invalidField('/endAt', `must be later than startAt, such as ${later}`)
  if (isNew('startAt'))
    throw invalidField(
      '/startAt',
      `must be before endAt, ${time(endAt)}: send an earlier one, or a later end too, such as "endAt": ${later}`,
    )
}

function checkUnbounded({ startAt, endAt }: Schedule, isNew: IsNew): void {
  const given = { startAt, endAt }
  const errors = (['startAt', 'endAt'] as const)
    .filter(field => given[field] !== undefined)
    .map(field => ({
      pointer: `/${field}`,
      detail: `is for rules that repeat: ${isNew(field) ? 'leave it out' : `send "${field}": null too, which removes it`}`,
    }))
  const [first] = errors
  if (first) throw new PulseError('invalid', `${first.pointer.slice(1)}: ${first.detail}`, { errors })
}

/** Whether anything is left to happen. */
function checkEnd(schedule: Schedule, now: Instant, isNew: IsNew): void {
  const { rule, endAt, ...endless } = schedule
  if (endAt === undefined || isOnce(rule) || !(isNew('rule') || isNew('startAt') || isNew('endAt'))) return
  if (isNew('endAt') && endAt <= now)
    throw invalidField('/endAt', `must be later than now, such as ${quoted(now + HOUR_MS)}`)
  if (nextOf(schedule, schedule.decidedUntil) !== undefined) return
  const enough = quoted(nextOf({ ...endless, rule }, Math.max(now, schedule.decidedUntil)) ?? now + HOUR_MS)
  if (isNew('endAt'))
    throw invalidField('/endAt', `no occurrence is before it: choose a later end, such as ${enough}, or another rule`)
  throw invalidField(
    '/endAt',
    `is ${time(endAt)}, before which nothing happens any more: send a later one too, such as ${enough}, or "endAt": null`,
  )
}

function quoted(at: Instant): string {
  return `"${time(at)}"`
}

function time(at: Instant): string {
  return new Date(at).toISOString()
}

/** As a submit would, but with pointers into the schedule. @throws PulseError */
export async function checkTask(on: Pick<Environment, 'registry'>, task: ScheduledTask): Promise<void> {
  try {
    await checkPayload(findDefinition(on.registry, task.name), task.payload)
  } catch (error) {
    if (!(error instanceof PulseError)) throw error
    const errors = error.errors.map(({ pointer, detail }) => ({ pointer: `/task${pointer}`, detail }))
    throw new PulseError(error.code, error.message, { errors, cause: error })
  }
  const bytes = Buffer.byteLength(JSON.stringify(task.payload ?? null))
  if (bytes > MAX_PAYLOAD_BYTES)
    throw invalidField(
      '/task/payload',
      `is ${bytes} bytes of JSON and may be ${MAX_PAYLOAD_BYTES}: let the task read what is longer`,
    )
}
