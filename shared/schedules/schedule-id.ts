import { derivedTaskId } from '../core/task-id.ts'

/** @param unique 26 characters, time-ordered: lists are in the order of the ids */
export function scheduleId(unique: string): string {
  return `sch_${unique}`
}

/** The id that an Idempotency-Key stands for. */
export function derivedScheduleId(owner: string, key: string): string {
  return scheduleId(derivedTaskId(owner, key).slice('task_'.length))
}
