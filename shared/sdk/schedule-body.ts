import { isPathSegment } from './path-segment.ts'
import type { ScheduleChanges, ScheduleOptions, ScheduleRef } from './schedule-options.ts'
import { instantText, type TaskChoice } from './submit-body.ts'

/** The request for a schedule, as the API writes it; without the key, which travels apart. */
export function scheduleBody(task: TaskChoice, input: unknown, options: ScheduleOptions): Record<string, unknown> {
  const taskName = typeof task === 'string' ? task : task.name
  const { priority, maxAttempts, backoff, timeout, expiresIn, title, description, tags } = options.task ?? {}
  const details = { priority, maxAttempts, backoff, timeout, expiresIn, title, description, tags }
  // JSON leaves out what is undefined.
  return {
    name: options.name ?? taskName,
    task: { name: taskName, payload: input, ...details },
    ...ruleFields(options),
    startAt: instantText(options.startAt),
    endAt: instantText(options.endAt),
    jitter: options.jitter,
    overlap: options.overlap,
    catchUp: options.catchUp,
    description: options.description,
    tags: options.tags,
    paused: options.paused,
  }
}

export function changesBody(changes: ScheduleChanges): Record<string, unknown> {
  const { name, task, startAt, endAt, jitter, overlap, catchUp, description, tags } = changes
  return {
    name,
    task,
    ...ruleFields(changes),
    startAt: startAt === null ? null : instantText(startAt),
    endAt: endAt === null ? null : instantText(endAt),
    jitter,
    overlap,
    catchUp,
    description,
    tags,
  }
}

/** The path of a schedule, below `/api/v1`. */
export function schedulePath(schedule: ScheduleRef): string {
  const id = typeof schedule === 'string' ? schedule : schedule.id
  if (!isPathSegment(id)) throw new TypeError(`"${id}" is no id of a schedule`)
  return `/schedules/${encodeURIComponent(id)}`
}

function ruleFields({
  at,
  after,
  every,
  cron,
  timeZone,
}: Pick<ScheduleChanges, 'at' | 'after' | 'every' | 'cron' | 'timeZone'>) {
  return { at: instantText(at), after, every, cron, timeZone }
}
