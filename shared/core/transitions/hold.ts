import { increment, type Update } from '../change.ts'
import type { Progress } from '../task.ts'
import { held, type Lease, SKEW_MS } from './parts.ts'

/** Keeps the lease alive. A reordered older one changes nothing (H34). */
export function heartbeat(lease: Lease): Update {
  const wakeAt = lease.endsAt + SKEW_MS
  return {
    task: lease.task,
    expect: [held(lease), { field: 'wakeAt', op: 'notAfter', value: wakeAt }],
    set: { wakeAt },
  }
}

export function reportProgress(lease: Lease, progress: Progress): Update {
  return { task: lease.task, expect: [held(lease)], set: { progress, version: increment } }
}
