import type { TaskRow } from '../../shared/core/task.ts'
import type { Fault } from './fault-kinds.ts'

const TASK = /task_[0-9A-Z]{26}/

/** Which faults have met which changes of which states: what the simulation has seen of all that there is. */
export function createTriples() {
  const seen = new Set<string>()
  /** Faults that have happened to a task since its row was last written. */
  const since = new Map<string, Set<Fault>>()

  return {
    seen,
    happened(kind: Fault, about: string): void {
      const task = TASK.exec(about)?.[0]
      if (task === undefined) return
      const faults = since.get(task) ?? new Set<Fault>()
      since.set(task, faults.add(kind))
    },
    wrote(before: TaskRow | undefined, after: TaskRow): void {
      const faults = since.get(after.id)
      if (!faults) return
      const place = `${before?.state ?? 'none'}>${after.state}|${transitionOf(before, after)}`
      for (const fault of faults) seen.add(`${place}|${fault}`)
      since.delete(after.id)
    },
  }
}

/** What has been done, as far as the states do not say. */
function transitionOf(before: TaskRow | undefined, after: TaskRow): string {
  if (!before) return 'submit'
  if (after.version === before.version) return 'heartbeat'
  if (after.run !== before.run) return 'requeue'
  if (after.attempt !== before.attempt) return 'claim'
  if (after.cancelRequestedAt !== before.cancelRequestedAt) return 'request to cancel'
  return before.state === after.state ? 'edit or progress' : 'settle'
}
