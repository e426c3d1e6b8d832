import * as z from 'zod'
import { errorCodes } from '../core/errors.ts'
import { shownStates } from '../core/shown-state.ts'
import { taskStates } from '../core/task.ts'
import { problemExample, submittedExample, taskExample } from './answer-examples.ts'
import { backoff } from './fields.ts'

/** What the API answers. Used for its documentation and its tests; the presenters build exactly these objects. */
export const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' })
const state = z.enum(shownStates).meta({ id: 'TaskState', description: 'SCHEDULED is PENDING with a `runAt` ahead.' })
const anyJson = z.unknown().meta({ description: 'Any JSON.' })
export const nextCursor = z.string().optional().meta({ description: 'Absent on the last page.' })

const taskError = z
  .strictObject({
    name: z.string(),
    message: z.string(),
    stack: z.string().optional(),
    code: z
      .enum(['timed_out', 'crash_loop', 'result_unstorable', 'payload_invalid', 'discarded', 'thread_ended'])
      .optional(),
    fingerprint: z.string().meta({ description: 'The same for errors of one cause.' }),
  })
  .meta({ id: 'TaskError' })

const historyEntry = z
  .strictObject({
    at: time,
    state: z.enum(taskStates),
    attempt: z.int().optional(),
    reason: z.string().optional(),
    by: z.string().optional(),
    folded: z.int().optional().meta({ description: 'Number of entries that this one stands for.' }),
  })
  .meta({ id: 'HistoryEntry' })

export const summaryFields = {
  id: z.string(),
  name: z.string(),
  state,
  priority: z.int().min(1).max(5),
  run: z.int().meta({ description: 'Life of the task, from 1; requeue starts the next one.' }),
  attempt: z.int().meta({ description: 'Number of the latest attempt of this run.' }),
  attemptsLeft: z.int(),
  maxAttempts: z.int(),
  createdAt: time,
  runAt: time,
  startedAt: time.optional(),
  finishedAt: time.optional(),
  expiresAt: time.optional(),
  leaseEndsAt: time
    .optional()
    .meta({ description: 'Of a running task: when its worker must have given a sign of life.' }),
  cancelRequested: z.boolean(),
  title: z.string().optional(),
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  scheduleId: z.string().optional().meta({ description: 'The schedule that made the task.' }),
  scheduledFor: time.optional().meta({ description: 'The occurrence of the schedule that it was made for.' }),
  progress: z.strictObject({ percent: z.number(), message: z.string().optional() }).optional(),
  lastError: taskError.optional(),
  backoff: backoff.optional(),
  timeout: z.string().optional().meta({ description: 'ISO 8601 duration.', example: 'PT30S' }),
  version: z.int(),
}
export const taskSummary = z.strictObject(summaryFields).meta({ id: 'TaskSummary' })
export const task = z
  .strictObject({
    ...summaryFields,
    history: z.array(historyEntry),
    payload: anyJson.optional(),
    result: anyJson.optional(),
  })
  .meta({ id: 'Task', example: taskExample })
export const taskPage = z.strictObject({ items: z.array(taskSummary), nextCursor }).meta({ id: 'TaskPage' })
export const deadPage = z
  .strictObject({
    items: z.array(z.strictObject({ ...summaryFields, history: z.array(historyEntry).optional() })),
    nextCursor,
  })
  .meta({ id: 'DeadLetterPage' })

export const submitted = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    state,
    priority: z.int(),
    run: z.int(),
    createdAt: time,
    runAt: time,
  })
  .meta({ id: 'SubmittedTask', example: submittedExample })

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.enum(Object.keys(errorCodes)),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
    requestId: z.string().optional(),
    taskId: z.string().optional().meta({ description: 'With 503: the task is stored all the same.' }),
    currentState: state.optional(),
    allowedActions: z.array(z.string()).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457. `code` is stable; `errors` name each field by JSON pointer.',
    example: problemExample,
  })

export const batchAnswer = z
  .strictObject({
    items: z
      .array(
        z.union([
          z.strictObject({
            status: z.literal(202),
            id: z.string(),
            state,
            location: z.string(),
            replayed: z.literal(true).optional(),
          }),
          z.strictObject({ status: z.int(), problem }),
        ]),
      )
      .meta({ description: 'One for each task, in order.' }),
  })
  .meta({ id: 'BatchAnswer' })

export const logPage = z
  .strictObject({
    items: z.array(
      z.strictObject({
        at: time,
        run: z.int(),
        attempt: z.int(),
        level: z.enum(['info', 'warn', 'error']),
        message: z.string(),
        fields: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'LogPage' })

export const requeuedAnswer = z
  .strictObject({
    requeued: z.array(z.string()),
    refused: z.array(z.strictObject({ id: z.string(), problem })).optional(),
    nextCursor,
  })
  .meta({ id: 'RequeuedDeadLetters' })

export const removedOwner = z
  .strictObject({
    done: z.boolean().meta({ description: 'Whether nothing is left: otherwise call again.' }),
    removed: z.int().meta({ description: 'Tasks that this call has removed.' }),
  })
  .meta({ id: 'RemovedOwner' })

const pause = z.strictObject({
  priority: z.int().optional(),
  name: z.string().optional(),
  reason: z.string(),
  by: z.string(),
  since: time,
  until: time.optional(),
})
export const dispatchAnswer = z
  .strictObject({
    paused: z
      .boolean()
      .meta({ description: 'Whether everything is paused; single priorities and names are in `pauses`.' }),
    pauses: z.array(pause).meta({ description: 'A pause without priority and name holds back everything.' }),
  })
  .meta({ id: 'Dispatch' })

const stateCounts = z
  .strictObject(
    Object.fromEntries(taskStates.map(name => [name, z.int()])) as Record<(typeof taskStates)[number], z.ZodInt>,
  )
  .meta({ id: 'StateCounts', description: 'Counts of stored states: a SCHEDULED task counts as PENDING.' })
const ends = { COMPLETED: z.int(), DEAD: z.int(), CANCELED: z.int(), EXPIRED: z.int() }
export const statsAnswer = z
  .strictObject({
    at: time,
    totals: stateCounts,
    names: z.array(z.strictObject({ name: z.string(), counts: stateCounts })),
    oldestWaiting: z
      .strictObject({
        id: z.string().optional().meta({ description: 'Absent on AWS, where counters are all that is kept.' }),
        name: z.string(),
        runAt: time,
        ageSeconds: z.number(),
      })
      .nullable()
      .meta({ description: 'The waiting task that has been due longest.' }),
    lastHour: z.strictObject({ ...ends, minutes: z.array(z.strictObject({ minute: time, ...ends })) }),
    pauses: z.array(pause),
  })
  .meta({ id: 'Stats' })

export const healthAnswer = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })
