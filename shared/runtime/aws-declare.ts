import { LONGEST_TIMEOUT_MS } from '../aws/names.ts'
import { requestFingerprint } from '../core/task-id.ts'
import type { RecordKey } from '../ports/record-store.ts'
import type { DeclaredReport } from '../schedules/requests.ts'
import { registryOf } from '../worker/registry-of.ts'
import type { TasksModule } from './aws.ts'
import type { AwsSchedules } from './aws-schedules.ts'
import { declaredSchedules } from './declared-schedules.ts'

export interface Declare {
  /** Makes the schedules that are declared beside the tasks what they are declared as. */
  always(): Promise<DeclaredReport>
  /** Only when others were declared last: what a person has changed since the deployment stays until the next. */
  ifOthers(): Promise<DeclaredReport>
}

/** What was declared last, so that whoever comes by sees whether a deployment was cut off. */
const LATEST: RecordKey = { partition: 'schedule_declared', sort: 'latest' }
const NOTHING: DeclaredReport = { created: 0, changed: 0, removed: 0 }
const MODULE = 'the module of the tasks'

export function createDeclare({ on, schedules }: AwsSchedules, tasks: TasksModule): Declare {
  const { records } = on.backend
  const declared = () =>
    declaredSchedules(tasks, {
      from: MODULE,
      registry: registryOf(tasks, MODULE),
      now: on.clock.now(),
      maxTimeoutMs: LONGEST_TIMEOUT_MS,
    })
  const readLatest = () => records.read(LATEST)

  async function always(): Promise<DeclaredReport> {
    const requests = await declared()
    const latest = await readLatest()
    const report = await schedules.declare(requests)
    // Whoever has written it meanwhile has declared as well: the next one who comes by looks at it anew.
    const value = { fingerprint: requestFingerprint(requests) }
    await records.write([{ key: LATEST, expect: latest?.version ?? 'absent', value }])
    return report
  }

  return {
    always,
    async ifOthers() {
      const requests = await declared()
      const latest = await readLatest()
      const { fingerprint } = (latest?.value ?? {}) as { readonly fingerprint?: string } // written above
      // A stage that has never had any has nothing to remember.
      if (!latest && requests.length === 0) return NOTHING
      return fingerprint === requestFingerprint(requests) ? NOTHING : always()
    },
  }
}
