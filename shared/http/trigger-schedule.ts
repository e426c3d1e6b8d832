import { json, type Verb } from './call.ts'
import { expectedGeneration } from './if-match.ts'
import { presentSubmitted, taskPath } from './present-task.ts'
import type { Routes } from './routes.ts'

export const triggerSchedule: Verb<Routes['triggerSchedule']> = async (call, on) => {
  const { actor, id, headers, event, note } = call
  const generation = await expectedGeneration(call, on)
  const { row, replayed } = await on.schedules.trigger(actor, id, headers['idempotency-key'], generation)
  note({ owner: row.owner, after: { task: row.id } })
  return json(202, JSON.stringify(presentSubmitted(row, on.clock.now())), {
    location: taskPath(event, row.id),
    'retry-after': '1',
    ...(replayed && { 'idempotency-replayed': 'true' }),
  })
}
