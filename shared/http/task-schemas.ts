import * as z from 'zod'
import { LONGEST_DELAY_MS } from '../core/backoff.ts'
import { LONGEST_TIMEOUT_MS, MAX_ATTEMPTS_LIMIT } from '../core/definition.ts'
import { backoff, durationUpTo, instant, priority, tags, taskName, text } from './fields.ts'

export const MAX_BATCH = 1_000
export const MAX_TITLE = 200
export const MAX_DESCRIPTION = 5_000

const payload = z.unknown().meta({ description: "The handler's input: any JSON, up to 256 KB of text." })

/** What is chosen about a task, whatever submits it. */
export const taskFields = {
  payload: payload.optional(),
  priority: priority.optional(),
  maxAttempts: z.int().min(1).max(MAX_ATTEMPTS_LIMIT).optional(),
  backoff: backoff.optional(),
  timeout: durationUpTo(LONGEST_TIMEOUT_MS, 1).optional(),
  title: text(MAX_TITLE).optional(),
  description: text(MAX_DESCRIPTION).optional(),
  tags: tags.optional(),
}

const submitFields = {
  name: taskName.default('default'),
  ...taskFields,
  delay: durationUpTo(LONGEST_DELAY_MS).optional(),
  runAt: instant.optional(),
  expiresAt: instant.optional(),
}

const onceInTime: z.core.CheckFn<{
  readonly delay?: number | undefined
  readonly runAt?: number | undefined
}> = check => {
  if (check.value.delay === undefined || check.value.runAt === undefined) return
  check.issues.push({ code: 'custom', message: 'give delay or runAt, not both', path: ['runAt'], input: check.value })
}

export const submitBody = z
  .strictObject(submitFields)
  .check(onceInTime)
  .meta({ id: 'SubmitTask', example: { name: 'echo', payload: { hello: 'world' }, priority: 2 } })
export type SubmitBody = z.output<typeof submitBody>

export const batchItem = z
  .strictObject({
    ...submitFields,
    idempotencyKey: z
      .string()
      .regex(/^[\x20-\x7e]{1,255}$/, { error: 'is 1 to 255 printable ASCII characters' })
      .optional(),
  })
  .check(onceInTime)
  .meta({ id: 'BatchItem', unusedIO: 'input' })

/** Items are read one by one, because each has its own fate. */
export const batchBody = z
  .strictObject({
    tasks: z
      .array(z.unknown().meta({ override: { $ref: '#/components/schemas/BatchItem' } }))
      .min(1)
      .max(MAX_BATCH),
  })
  .meta({
    id: 'SubmitBatch',
    example: {
      tasks: [
        { name: 'echo', payload: 1 },
        { name: 'echo', payload: 2 },
      ],
    },
  })

export const editBody = z
  .strictObject({
    title: text(MAX_TITLE).nullable().optional(),
    description: text(MAX_DESCRIPTION).nullable().optional(),
    tags: z.union([z.null(), tags]).optional(),
    priority: priority.optional(),
    payload: payload.optional(),
    runAt: instant.optional(),
  })
  .refine(value => Object.keys(value).length > 0, { error: 'names no field to change' })
  .meta({ id: 'EditTask', description: '`null` removes a field.', example: { title: 'Another title', priority: 1 } })

export const requeueBody = z.strictObject({ payload: payload.optional() }).meta({ id: 'RequeueTask' })

/** Bodies of requests that need none. */
export const emptyBody = z.strictObject({})
