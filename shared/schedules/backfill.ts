import { occurrencesBetween } from '../calendar/occurrences.ts'
import type { Actor } from '../core/actor.ts'
import { invalidField } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { occurrenceTaskId } from '../core/task-id.ts'
import { submitWithinLimit } from '../engine/submit-limit.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { makeTask, refusal } from './make-task.ts'
import { notBefore } from './next.ts'
import { readOwned } from './read.ts'
import { firesWrite } from './records.ts'
import type { Backfill, BackfillItem, BackfillRequest } from './requests.ts'
import type { Fire, Schedule } from './schedule.ts'

/** Most occurrences of one call. */
export const MAX_BACKFILL = 1_000
const AT_ONCE = 50

/**
 * Makes the tasks of occurrences that are past, by the rule and the task as they are now. Each has the id of its occurrence, so that a
 * repeat, and what this rule has made of this task, is found and not doubled.
 */
export async function backfill(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  { from, to, dryRun = false }: BackfillRequest,
  found: (schedule: Schedule) => void = () => {},
): Promise<Backfill> {
  const { schedule } = await readOwned(on, actor, id)
  found(schedule)
  const now = on.clock.now()
  if (to < from) throw invalidField('/to', 'must not be before from')
  if (to > now) throw invalidField('/to', 'must not be ahead: what is to come fires by itself')
  const { rule, startAt, endAt = to } = schedule
  const times = occurrencesBetween(rule, notBefore(startAt, from - 1), Math.min(to, endAt), MAX_BACKFILL + 1)
  if (times.length > MAX_BACKFILL)
    throw invalidField('/to', `the range holds more than ${MAX_BACKFILL} occurrences: choose a shorter one`)
  const items: BackfillItem[] = []
  for (let start = 0; start < times.length; start += AT_ONCE) {
    const portion = times.slice(start, start + AT_ONCE)
    const made = await Promise.all(portion.map(at => (dryRun ? preview(on, schedule, at) : make(on, schedule, at))))
    items.push(...made)
    const lines = made.flatMap(item => lineOf(item, now))
    // A repeat finds what was made without a line about it: the tasks say what they were made for.
    if (!dryRun && lines.length > 0) await on.backend.records.write([firesWrite(id, lines, on.entropy.id(), now)])
  }
  return { items, dryRun }
}

async function preview(on: SchedulesEnvironment, schedule: Schedule, scheduledFor: Instant): Promise<BackfillItem> {
  const taskId = occurrenceTaskId(schedule.id, schedule.since, scheduledFor)
  const row = await on.backend.tasks.read(taskId)
  return { scheduledFor, taskId, outcome: row ? 'present' : 'made' }
}

async function make(on: SchedulesEnvironment, schedule: Schedule, scheduledFor: Instant): Promise<BackfillItem> {
  const taskId = occurrenceTaskId(schedule.id, schedule.since, scheduledFor)
  try {
    const { replayed } = await makeTask(on, schedule, { id: taskId, scheduledFor }, scheduledFor, submitWithinLimit)
    return { scheduledFor, taskId, outcome: replayed ? 'present' : 'made' }
  } catch (error) {
    const detail = refusal(error)
    if (detail === undefined) throw error
    return { scheduledFor, taskId, outcome: 'refused', detail }
  }
}

function lineOf({ scheduledFor, taskId, outcome, detail }: BackfillItem, firedAt: Instant): Fire[] {
  if (outcome === 'present') return []
  if (outcome === 'made') return [{ scheduledFor, firedAt, outcome: 'backfilled', taskId }]
  return [{ scheduledFor, firedAt, outcome: 'refused', ...(detail !== undefined && { detail }) }]
}
