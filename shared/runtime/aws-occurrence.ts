import type { FireEvent } from '../aws/schedule-timers.ts'
import type { Instant } from '../core/task.ts'
import { message } from '../telemetry/log-events.ts'
import { openAws, type TasksModule } from './aws.ts'
import { createDeclare } from './aws-declare.ts'
import { followAgain, isAstray, lateSchedule, openSchedules } from './aws-schedules.ts'
import type { Variables } from './aws-settings.ts'
import { answerResource, isResourceRequest } from './cloudformation.ts'

/**
 * Looks at the schedule that a timer names, and makes the tasks of what is due. A failure is thrown: Lambda tries again, and puts aside what
 * does not succeed. At each deployment CloudFormation calls it, for the schedules that are declared beside the tasks.
 */
export function createOccurrenceFunction(env: Variables, tasks: TasksModule): (event: unknown) => Promise<void> {
  let isLate = false
  const aws = openAws(env, tasks)
  const opened = openSchedules(aws, env, event => {
    isLate ||= lateSchedule(event) !== undefined
    aws.emit(event)
  })
  const declare = createDeclare(opened, tasks)

  return async event => {
    if (isResourceRequest(event)) {
      await answerResource(event, declare.always, error =>
        aws.logger.log('error', 'schedules.notDeclared', { error: message(error) }),
      )
      return
    }
    const fire = readFire(event)
    if (!fire) {
      aws.logger.log('error', 'fire.malformed')
      return
    }
    isLate = false
    const fires = await opened.schedules.fire(fire.schedule, fire.firedFor)
    if ((fires.length === 0 || isLate) && (await isAstray(opened, fire))) await followAgain(opened, fire.schedule)
  }
}

interface KnownFire {
  readonly schedule: string
  readonly generation: number
  /** Undefined where AWS has not said it. */
  readonly firedFor?: Instant
}

function readFire(event: unknown): KnownFire | undefined {
  const { schedule, generation, scheduledFor } = (event ?? {}) as Partial<Record<keyof FireEvent, unknown>>
  if (typeof schedule !== 'string' || typeof generation !== 'number') return undefined
  const firedFor = typeof scheduledFor === 'string' ? Date.parse(scheduledFor) : Number.NaN
  return { schedule, generation, ...(!Number.isNaN(firedFor) && { firedFor }) }
}
