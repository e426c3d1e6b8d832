import { message } from '../telemetry/log-events.ts'
import type { ReconcileRequest } from '../worker/reconcile.ts'
import type { ReconcileReport } from '../worker/reconcile-report.ts'
import type { Aws, TasksModule } from './aws.ts'
import { createDeclare } from './aws-declare.ts'
import { followAgain, followAll, lateSchedule, openSchedules } from './aws-schedules.ts'
import type { Variables } from './aws-settings.ts'

/** What a pass of reconcile has done about schedules. */
export interface ScheduleTally {
  /** Schedules that were due. */
  readonly looked: number
  /** Tasks of theirs that were made. */
  readonly made: number
  /** Schedules that had been due for minutes: their timers do not work, and were made anew. */
  readonly late: number
  readonly failed: number
}

export interface UpkeepReport extends ReconcileReport {
  readonly schedules: ScheduleTally
}

/** What is due of schedules, whoever should have said so: without timers that fire, they work as often as reconcile runs. */
export type ScheduleUpkeep = (request: ReconcileRequest, hasTime: () => boolean) => Promise<ScheduleTally>

export function createScheduleUpkeep(aws: Aws, env: Variables, tasks: TasksModule): ScheduleUpkeep {
  const late = new Set<string>()
  const opened = openSchedules(aws, env, event => {
    const id = lateSchedule(event)
    if (id !== undefined) late.add(id)
    aws.emit(event)
  })
  const declare = createDeclare(opened, tasks)

  /** What a deployment could not declare, this does. */
  async function declareLatest(): Promise<void> {
    try {
      const report = await declare.ifOthers()
      const { created, changed, removed } = report
      if (created + changed + removed > 0) aws.logger.log('warn', 'schedules.declared', { ...report })
    } catch (error) {
      aws.logger.log('error', 'schedules.notDeclared', { error: message(error) })
    }
  }

  return async ({ name, resume, restored, since }, hasTime) => {
    late.clear()
    const isWhole = name === undefined && !resume && since === undefined
    if (restored) await followAll(opened, hasTime)
    else if (isWhole) await declareLatest()
    const { looked, made, failed } = await opened.schedules.fireDue(hasTime)
    for (const id of late) await followAgain(opened, id)
    return { looked, made, late: late.size, failed }
  }
}

/** A pass with what was done about schedules. */
export function withSchedules(report: ReconcileReport, schedules: ScheduleTally): UpkeepReport {
  const { made, late, failed } = schedules
  const sentences = [
    report.summary,
    made > 0 && `Made ${made.toLocaleString('en-US')} task${made === 1 ? '' : 's'} of schedules.`,
    late > 0 && `${late.toLocaleString('en-US')} of these schedules had not been looked at for minutes.`,
    failed > 0 && `${failed.toLocaleString('en-US')} schedules could not be looked at.`,
  ].filter(part => part !== false)
  return { ...report, schedules, summary: sentences.join(' ') }
}
