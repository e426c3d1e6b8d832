import { json, type Verb } from './call.ts'
import { time } from './present-task.ts'
import type { Routes } from './routes.ts'

export const backfillSchedule: Verb<Routes['backfillSchedule']> = async ({ actor, id, body, note }, on) => {
  const { from, to, dryRun = false } = body
  const { items } = await on.schedules.backfill(actor, id, { from, to, dryRun }, ({ owner }) => {
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
