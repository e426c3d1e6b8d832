import * as z from 'zod'
import { parseState, type ShownState, shownStates } from '../core/shown-state.ts'
import type { Priority } from '../core/task.ts'
import { instant, taskName } from './fields.ts'

export const DEFAULT_LIMIT = 50
export const MAX_LIMIT = 200

const limit = z
  .string()
  .transform((text, context) => numberFrom(text, 1, MAX_LIMIT, context))
  .optional()
  .meta({
    description: 'Most items of a page.',
    override: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })

const cursor = z
  .string()
  .max(2_048)
  .optional()
  .meta({ description: 'The `nextCursor` of the page before; only for the same filters.' })

const priority = z
  .string()
  // The bounds make it a priority.
  .transform(
    (text, context) => (text === 'high' ? 1 : text === 'low' ? 5 : numberFrom(text, 1, 5, context)) as Priority,
  )
  .meta({
    override({ jsonSchema }) {
      // The type of the text that is parsed; beside the alternatives it would rule the number out.
      delete jsonSchema.type
      jsonSchema.anyOf = [
        { type: 'integer', minimum: 1, maximum: 5 },
        { type: 'string', enum: ['high', 'low'] },
      ]
    },
  })

function numberFrom(text: string, least: number, most: number, context: z.core.$RefinementCtx): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : undefined
  if (number !== undefined && number >= least && number <= most) return number
  const malformed = number === undefined
  context.addIssue({
    code: 'custom',
    message: malformed ? 'is a whole number' : `is from ${least} to ${most}`,
    params: { malformed },
  })
  return z.NEVER
}

const states = z
  .array(z.string())
  .transform((given, context) => {
    const found = new Set<ShownState>()
    for (const name of given.flatMap(each => each.split(','))) {
      const state = parseState(name.trim())
      if (state) found.add(state)
      else context.addIssue({ code: 'custom', message: `is one of ${shownStates.join(', ')}` })
    }
    return [...found].sort()
  })
  .meta({
    description:
      'One or more states, repeated or with commas, in any case; `FAILED`, `QUEUED`, `PROCESSING` are understood.',
    example: ['PENDING', 'SCHEDULED'],
  })

const tag = z
  .string()
  .transform((text, context) => {
    const colon = text.indexOf(':')
    if (colon > 0) return { key: text.slice(0, colon), value: text.slice(colon + 1) }
    context.addIssue({ code: 'custom', message: 'is written key:value' })
    return z.NEVER
  })
  .meta({ description: '`key:value`', example: 'customer:4711', override: { type: 'string', pattern: '^[^:]+:' } })

/** `topic` is what one of the forerunners calls the name. */
const nameFilters = {
  name: taskName.optional(),
  topic: taskName.optional().meta({ description: 'Another word for `name`.' }),
}
const oneName: z.core.CheckFn<{ readonly name?: string | undefined; readonly topic?: string | undefined }> = check => {
  if (check.value.name === undefined || check.value.topic === undefined) return
  check.issues.push({ code: 'custom', message: 'give name or topic, not both', path: ['topic'], input: check.value })
}

export const listQuery = z
  .strictObject({
    state: states.optional(),
    ...nameFilters,
    tag: tag.optional(),
    priority: priority.optional(),
    createdAfter: instant.optional(),
    createdBefore: instant.optional(),
    limit,
    cursor,
  })
  .check(oneName)

export const deadQuery = z
  .strictObject({ ...nameFilters, fingerprint: fingerprintText().optional(), limit, cursor })
  .check(oneName)

export const pageQuery = z.strictObject({ limit, cursor })

export const occurrencesQuery = z.strictObject({
  when: z
    .enum(['past', 'future'])
    .default('past')
    .meta({ description: '`past`: what became of them, the latest first. `future`: those to come, the next first.' }),
  limit,
  cursor,
})

export const auditQuery = z.strictObject({
  by: z.string().max(2_048).optional().meta({ description: 'Id of the user or API key that did it.' }),
  action: z.string().max(64).optional().meta({ description: 'What was done, such as `key.create`.' }),
  limit,
  cursor,
})

export const keysQuery = z.strictObject({
  user: z.string().max(64).optional().meta({ description: 'Whose keys; others than your own need the role admin.' }),
})

export const noQuery = z.strictObject({})

/** Groups dead letters of one cause; `lastError.fingerprint` of a task. */
export function fingerprintText() {
  return z.string().regex(/^[0-9a-f]{16}$/, { error: 'is 16 hexadecimal digits, as in lastError.fingerprint' })
}
