import type { Actor } from '../core/actor.ts'
import { derivedTaskId, taskId } from '../core/task-id.ts'
import type { Submitted } from '../engine/requests.ts'
import { submitWithinLimit } from '../engine/submit-limit.ts'
import { checkGeneration } from './check-schedule.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { makeTask } from './make-task.ts'
import { readOwned } from './read.ts'
import { firesWrite } from './records.ts'

/** Makes one more task of a schedule, now, also of one that is paused. It is no occurrence, and no overlap holds it back. */
export async function triggerSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  idempotencyKey?: string,
  generation?: number,
): Promise<Submitted> {
  const { schedule } = await readOwned(on, actor, id)
  checkGeneration(schedule, generation)
  const unique = idempotencyKey === undefined ? taskId(on.entropy.id()) : derivedTaskId(id, idempotencyKey)
  const now = on.clock.now()
  const submitted = await makeTask(on, schedule, { id: unique }, now, submitWithinLimit)
  if (submitted.replayed) return submitted
  const line = { scheduledFor: now, firedAt: now, outcome: 'triggered', taskId: submitted.row.id } as const
  await on.backend.records.write([firesWrite(id, [line], on.entropy.id(), now)])
  return submitted
}
