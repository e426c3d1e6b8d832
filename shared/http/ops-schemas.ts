import * as z from 'zod'
import type { PauseSelector } from '../core/dispatch.ts'
import { durationUpTo, LONGEST_PAUSE_MS, priority, taskName, text } from './fields.ts'
import { fingerprintText, MAX_LIMIT } from './query-schemas.ts'

const selectorFields = {
  priority: priority.optional(),
  name: taskName.optional(),
}
interface SelectorFields {
  readonly priority?: z.output<typeof priority> | undefined
  readonly name?: string | undefined
}
const oneSelector: z.core.CheckFn<SelectorFields> = check => {
  if (check.value.priority === undefined || check.value.name === undefined) return
  check.issues.push({ code: 'custom', message: 'give priority or name, not both', path: ['name'], input: check.value })
}

export const pauseBody = z
  .strictObject({
    reason: text(500, 1).meta({ description: 'Shown to whoever wonders why nothing runs.' }),
    ...selectorFields,
    for: durationUpTo(LONGEST_PAUSE_MS, 1)
      .optional()
      .meta({ description: 'The pause ends by itself after this time.' }),
  })
  .check(oneSelector)
  .meta({ id: 'PauseDispatch', example: { reason: 'maintenance of the mail server', name: 'send-email', for: '30m' } })

export const resumeBody = z.strictObject(selectorFields).check(oneSelector).meta({ id: 'ResumeDispatch' })

export function selectorOf(fields: SelectorFields): PauseSelector {
  if (fields.priority !== undefined) return { kind: 'priority', priority: fields.priority }
  return fields.name === undefined ? { kind: 'all' } : { kind: 'name', name: fields.name }
}

export const MAX_REQUEUED_IDS = 200

const requeueDeadFields = {
  ids: z.array(z.string().max(100)).min(1).max(MAX_REQUEUED_IDS).optional(),
  name: taskName.optional(),
  fingerprint: fingerprintText().optional(),
  all: z.literal(true).optional(),
  limit: z.int().min(1).max(MAX_LIMIT).optional().meta({ description: 'Most tasks of one call.' }),
  cursor: z
    .string()
    .max(2_048)
    .optional()
    .meta({ description: 'The `nextCursor` of the call before, with the same filter.' }),
}

export const requeueDeadBody = z
  .strictObject(requeueDeadFields)
  .check(({ value, issues }) => {
    const filtered = value.name !== undefined || value.fingerprint !== undefined
    const forms = [value.ids !== undefined, filtered, value.all !== undefined].filter(Boolean).length
    if (forms !== 1) {
      const message = 'say which: ids, or a filter by name or fingerprint, or all: true'
      issues.push({ code: 'custom', message, path: [], input: value })
    } else if (value.ids && (value.limit !== undefined || value.cursor !== undefined)) {
      issues.push({ code: 'custom', message: 'ids go without limit and cursor', path: ['ids'], input: value })
    }
  })
  .meta({ id: 'RequeueDeadLetters', example: { name: 'send-email' } })
