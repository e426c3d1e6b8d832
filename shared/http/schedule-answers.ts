import * as z from 'zod'
import { fireOutcomes, MAX_CATCH_UP, overlaps } from '../schedules/schedule.ts'
import { nextCursor, time } from './answer-schemas.ts'
import { backoff } from './fields.ts'

const length = z.string().meta({ description: 'ISO 8601 duration.', example: 'PT90S' })

/** What a list shows of a task; the payload is beside it. */
const listedTask = {
  name: z.string(),
  priority: z.int().optional(),
  maxAttempts: z.int().optional(),
  backoff: backoff.optional(),
  timeout: length.optional(),
  expiresIn: length.optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
}

const listedFields = {
  id: z.string(),
  name: z.string(),
  state: z.enum(['ACTIVE', 'PAUSED', 'FINISHED']).meta({
    id: 'ScheduleState',
    description: 'A FINISHED one has no occurrence ahead. It is removed 30 days later.',
  }),
  task: z.strictObject(listedTask),
  kind: z.enum(['at', 'after', 'every', 'cron']),
  at: time.optional(),
  after: length.optional(),
  every: length.optional(),
  cron: z.string().optional(),
  timeZone: z.string().optional().meta({ description: 'Of `cron`.' }),
  text: z.string().meta({ description: 'The rule in words.', example: 'At 03:00 every day, Europe/Berlin' }),
  nextAt: time.optional().meta({ description: 'The next occurrence that will be fired; absent while it is paused.' }),
  next: z
    .array(time)
    .meta({ description: 'Up to five occurrences ahead, by the rule alone: a pause holds them back.' }),
  last: z
    .strictObject({ scheduledFor: time, firedAt: time, taskId: z.string().optional() })
    .optional()
    .meta({ description: 'The latest occurrence that made a task.' }),
  paused: z.boolean(),
  pausedAt: time.optional(),
  pausedBy: z.string().optional(),
  pauseReason: z.string().optional(),
  overlap: z.enum(overlaps),
  catchUp: z.union([z.enum(['skip', 'one']), z.int().min(1).max(MAX_CATCH_UP)]),
  jitter: length.optional(),
  startAt: time.optional(),
  endAt: time.optional(),
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  declared: z
    .boolean()
    .meta({ description: 'Whether it is declared beside the tasks: a deploy undoes what is edited.' }),
  generation: z.int().meta({ description: 'One more with each change by a person; the ETag.' }),
  createdAt: time,
  updatedAt: time,
}

export const scheduleExample = {
  id: 'sch_01K0XW6V3M8Q2T5R7Y9Z4B6C8D',
  name: 'nightly report',
  state: 'ACTIVE',
  task: { name: 'echo', payload: { report: 'sales' } },
  kind: 'cron',
  cron: '0 3 * * MON-FRI',
  timeZone: 'Europe/Berlin',
  text: 'At 03:00, Monday through Friday, Europe/Berlin',
  nextAt: '2030-01-31T02:00:00.000Z',
  next: ['2030-01-31T02:00:00.000Z', '2030-02-01T02:00:00.000Z'],
  last: {
    scheduledFor: '2030-01-30T02:00:00.000Z',
    firedAt: '2030-01-30T02:00:00.012Z',
    taskId: 'task_01K0XW6V3M8Q2T5R7Y9Z4B6C8D',
  },
  paused: false,
  overlap: 'skip',
  catchUp: 'one',
  declared: false,
  generation: 1,
  createdAt: '2030-01-29T16:00:00.000Z',
  updatedAt: '2030-01-29T16:00:00.000Z',
} as const

export const scheduleSummary = z.strictObject(listedFields).meta({ id: 'ScheduleSummary' })
export const schedule = z
  .strictObject({
    ...listedFields,
    task: z.strictObject({ ...listedTask, payload: z.unknown().optional().meta({ description: 'Any JSON.' }) }),
  })
  .meta({ id: 'Schedule', example: scheduleExample })
export const schedulePage = z.strictObject({ items: z.array(scheduleSummary), nextCursor }).meta({ id: 'SchedulePage' })

export const occurrence = z
  .strictObject({
    scheduledFor: time,
    firedAt: time
      .optional()
      .meta({ description: 'When it was decided; absent for what is ahead, as all that follows.' }),
    outcome: z.enum(fireOutcomes).optional(),
    taskId: z.string().optional().meta({ description: 'The task that it made.' }),
    count: z
      .int()
      .optional()
      .meta({ description: 'Of missed ones: how many this line stands for, the latest of which is named.' }),
    detail: z.string().optional().meta({ description: 'Why it was refused.' }),
  })
  .meta({ id: 'Occurrence' })
export const occurrencePage = z.strictObject({ items: z.array(occurrence), nextCursor }).meta({ id: 'OccurrencePage' })

export const backfillAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        scheduledFor: time,
        taskId: z.string(),
        outcome: z
          .enum(['made', 'present', 'refused'])
          .meta({ description: '`made`, or would be; `present`: its task was there already.' }),
        detail: z.string().optional().meta({ description: 'Why it was refused.' }),
      }),
    ),
    dryRun: z.boolean(),
  })
  .meta({ id: 'BackfillAnswer' })
