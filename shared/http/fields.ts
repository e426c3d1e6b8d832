import * as z from 'zod'
import type { BackoffSpec } from '../core/backoff.ts'
import { TASK_NAME } from '../core/definition.ts'
import { parseDuration } from '../core/duration.ts'
import type { CatchUp } from '../core/schedule-definition.ts'
import type { Priority, Tags } from '../core/task.ts'
import { MAX_CATCH_UP } from '../schedules/schedule.ts'

const DAY_MS = 86_400_000
/** Longest pause that ends by itself, longest delay of a backoff. */
export const LONGEST_PAUSE_MS = 365 * DAY_MS

export const MAX_TAGS = 10
const TAG_KEY_LENGTH = 64
const TAG_VALUE_LENGTH = 256

type Context = z.core.$RefinementCtx

/** The value is of the right type, but refused: 422. */
function refuse(context: Context, message: string, path: PropertyKey[] = []): never {
  context.addIssue({ code: 'custom', message, path })
  return z.NEVER
}

/** The value is of the wrong type: 400. */
function wrong(context: Context, message: string, path: PropertyKey[] = []): never {
  context.addIssue({ code: 'custom', message, path, params: { malformed: true } })
  return z.NEVER
}

/** Text that any store and any log can carry. */
export function text(longest: number, shortest = 0) {
  return z
    .string()
    .min(shortest)
    .max(longest)
    .refine(value => value.isWellFormed(), { error: 'has half of a surrogate pair' })
}

export const taskName = z
  .string()
  .regex(TASK_NAME, {
    error: 'is no task name: letters, digits and . _ : - (at most 100), the first a letter or digit',
  })
  .meta({ description: 'Which handler runs the task.', example: 'send-email' })

/** RFC 3339 in, milliseconds out. */
export const instant = z.iso
  .datetime({ offset: true, error: issue => (issue.code === 'invalid_format' ? NO_TIME : undefined) })
  .transform(value => Date.parse(value))
  .meta({ description: 'RFC 3339 time.', example: '2030-01-31T09:30:00Z' })
const NO_TIME = 'is no RFC 3339 time, such as 2030-01-31T09:30:00Z'

const durationForm = {
  description: 'A length of time: milliseconds, `250ms`, `5m`, `1.5h`, or ISO 8601 (`PT5M`).',
  example: '5m',
}
/** Milliseconds in quotes are no length: nobody could tell whether seconds were meant. */
function noDuration(value: unknown): string {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value))
    return `has no unit: write "${value}ms", or the number ${Number(value)} without quotes`
  return 'is no length of time: write milliseconds, "30s", "5m" or "PT5M"'
}

/** A length of time in, milliseconds out. */
export function durationUpTo(longestMs: number, shortestMs = 0) {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const ms = parseDuration(value)
      if (ms === undefined) return refuse(context, noDuration(value))
      if (ms < shortestMs) return refuse(context, `is shorter than ${shortestMs} ms: write at least "${shortestMs}ms"`)
      if (ms <= longestMs) return ms
      const days = longestMs / DAY_MS
      return refuse(context, `is longer than ${days} day${days === 1 ? '' : 's'}: write at most "${days}d"`)
    })
    .meta(durationForm)
}

export const priority = z
  .union([z.number(), z.string()])
  .transform((value, context): Priority => {
    if (value === 'high') return 1
    if (value === 'low') return 5
    if (typeof value === 'string') return wrong(context, 'is a number from 1 (most urgent) to 5, or "high" or "low"')
    return isPriority(value) ? value : refuse(context, 'is a whole number from 1 (most urgent) to 5')
  })
  .meta({
    description: '1 (most urgent) to 5; `high` is 1, `low` is 5.',
    override: {
      anyOf: [
        { type: 'integer', minimum: 1, maximum: 5 },
        { type: 'string', enum: ['high', 'low'] },
      ],
    },
  })

export const catchUp = z
  .union([z.string(), z.number()])
  .transform((value, context): CatchUp => {
    if (value === 'skip' || value === 'one') return value
    const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_CATCH_UP
    return isCount ? value : refuse(context, `is "skip", "one" or a whole number from 1 to ${MAX_CATCH_UP}`)
  })
  .meta({
    override: {
      anyOf: [
        { type: 'string', enum: ['skip', 'one'] },
        { type: 'integer', minimum: 1, maximum: MAX_CATCH_UP },
      ],
    },
  })

export function isPriority(value: number): value is Priority {
  return value === 1 || value === 2 || value === 3 || value === 4 || value === 5
}

/** Read by hand: a record schema would drop the key `__proto__` without a word. */
export const tags = z
  .unknown()
  .transform((value, context): Tags => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return wrong(context, 'is an object of strings')
    const entries = Object.entries(value)
    if (entries.length > MAX_TAGS) refuse(context, `has more than ${MAX_TAGS} entries`)
    for (const [key, content] of entries.slice(0, MAX_TAGS)) {
      if (typeof content !== 'string') wrong(context, 'is a string', [key])
      else if (key === '__proto__' || !TAG_KEY.test(key)) refuse(context, NO_TAG_KEY, [key])
      else if (content.length > TAG_VALUE_LENGTH)
        refuse(context, `is longer than ${TAG_VALUE_LENGTH} characters`, [key])
      else if (!content.isWellFormed()) refuse(context, 'has half of a surrogate pair', [key])
    }
    return value as Tags // checked above, entry by entry
  })
  .meta({
    description: `Up to ${MAX_TAGS} labels to filter by.`,
    example: { customer: '4711' },
    override: {
      type: 'object',
      maxProperties: MAX_TAGS,
      propertyNames: { type: 'string', pattern: '^[^:\\p{C}]+$', maxLength: TAG_KEY_LENGTH },
      additionalProperties: { type: 'string', maxLength: TAG_VALUE_LENGTH },
    },
  })
/** The colon parts key from value in the filter `tag=key:value`. */
const TAG_KEY = /^[^:\p{C}]{1,64}$/u
const NO_TAG_KEY = `is no key of a tag: 1 to ${TAG_KEY_LENGTH} characters without colon and control characters`

const backoffDelay = z
  .union([z.string(), z.number()])
  .refine(value => parseDuration(value) !== undefined, { error: issue => noDuration(issue.input) })
  .refine(value => (parseDuration(value) ?? 0) <= LONGEST_PAUSE_MS, {
    error: 'is longer than 365 days: write at most "365d"',
  })
  .meta(durationForm)
const limits = { cap: backoffDelay.optional(), jitter: z.enum(['full', 'none']).optional() }
const delay = backoffDelay.optional()

export const backoff: z.ZodType<BackoffSpec, unknown> = z
  .union([
    z.enum(['quadratic', 'linear', 'exponential', 'fixed']),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('fixed'), delay, ...limits }),
      z.strictObject({ kind: z.literal('linear'), delay, ...limits }),
      z.strictObject({ kind: z.literal('quadratic'), delay, ...limits }),
      z.strictObject({
        kind: z.literal('exponential'),
        delay,
        factor: z.number().min(1).max(100).optional(),
        ...limits,
      }),
      z.strictObject({ kind: z.literal('list'), delays: z.array(backoffDelay).min(1).max(100), ...limits }),
    ]),
  ])
  // The parser leaves absent fields out; its types cannot say so.
  .transform(value => value as BackoffSpec)
  .meta({ description: 'How long to wait before the next attempt.', example: { kind: 'fixed', delay: '50ms' } })
