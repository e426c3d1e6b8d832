import { changedSince } from '../core/errors.ts'
import { json, type Verb } from './call.ts'
import { expectedGeneration } from './if-match.ts'
import { time } from './present-task.ts'
import type { Routes } from './routes.ts'

export const backfillSchedule: Verb<Routes['backfillSchedule']> = async (call, on) => {
  const { actor, id, body, note } = call
  const { from, to, dryRun = false } = body
  const expected = await expectedGeneration(call, on)
  const { items } = await on.schedules.backfill(actor, id, { from, to, dryRun }, ({ owner, generation }) => {
    if (expected !== undefined && expected !== generation) throw changedSince('schedule', { generation })
    // Whoever only asks has done nothing; one that fails half-way has done half of it.
    if (!dryRun) note({ owner, after: { from, to } })
  })
  const shown = items.map(({ scheduledFor, taskId, outcome, detail }) => ({
    scheduledFor: time(scheduledFor),
    taskId,
    outcome,
    detail,
  }))
  return json(200, JSON.stringify({ items: shown, dryRun }))
}
