import { canonicalJson } from '../core/task-id.ts'
import type { Schedule } from './schedule.ts'

/** Whether any of these fields says something else than before. */
export function differs(before: Schedule, after: Schedule, ...fields: readonly (keyof Schedule)[]): boolean {
  return fields.some(field => canonicalJson(before[field]) !== canonicalJson(after[field]))
}
