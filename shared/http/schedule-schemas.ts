import * as z from 'zod'
import { MAX_CATCH_UP, overlaps } from '../schedules/schedule.ts'
import { catchUp, durationUpTo, instant, LONGEST_PAUSE_MS, tags, taskName, text } from './fields.ts'
import { MAX_DESCRIPTION, taskFields } from './task-schemas.ts'
import { elsewhere } from './validate.ts'

const MAX_NAME = 100
const MAX_REASON = 500
/** Long enough for any time zone and any cron expression; what they mean is checked by their readers, which say more. */
const LONGEST_RULE = 1_000
const LONGEST_JITTER_MS = 86_400_000

const name = text(MAX_NAME, 1)
  .refine(value => PRINTABLE.test(value), { error: 'has a control character, or nothing but space' })
  .meta({ description: 'What people call it.', example: 'nightly report' })
const PRINTABLE = /^(?=.*\S)[^\p{C}]*$/u

const scheduledTask = z
  .strictObject({
    name: taskName,
    ...taskFields,
    expiresIn: durationUpTo(LONGEST_PAUSE_MS, 1)
      .optional()
      .meta({ description: 'No attempt starts later than this after the task may run.' }),
  })
  .meta({ id: 'ScheduledTask', description: 'The task that each occurrence makes.', unusedIO: 'input' })
export type ScheduledTaskBody = z.output<typeof scheduledTask>

/** In form only: how far they may reach is a matter of the rule. */
const length = durationUpTo(Number.MAX_SAFE_INTEGER)
const written = (example: string) =>
  z
    .string()
    .max(LONGEST_RULE, { error: `is longer than any that there is: write one such as "${example}"` })
    .refine(value => value.isWellFormed(), { error: `has half of a surrogate pair: write one such as "${example}"` })
const ruleFields = {
  at: instant.optional().meta({ description: 'Once, at this time.' }),
  after: length.optional().meta({ description: 'Once, so long after this request.', example: '10m' }),
  every: length.optional().meta({ description: 'At a steady pace: whole seconds, from 1s to 365d.', example: '90s' }),
  cron: written('0 3 * * MON-FRI').optional().meta({
    description: 'Five fields: minute, hour, day of month, month, day of week. Or `@daily` and the like.',
    example: '0 3 * * MON-FRI',
  }),
  timeZone: written('Europe/Berlin')
    .optional()
    .meta({ description: 'Of `cron`, by its IANA name; UTC when absent.', example: 'Europe/Berlin' }),
}

const startAt = instant.meta({ description: 'Nothing fires before it; of `every`, the first occurrence.' })
const endAt = instant.meta({ description: 'Nothing fires after it.' })
const jitter = durationUpTo(LONGEST_JITTER_MS).meta({
  description: 'Each task runs up to so much later than its occurrence, always the same for the same occurrence.',
  example: '30s',
})
const policyFields = {
  overlap: z.enum(overlaps).optional().meta({
    description: 'While the task before has not ended: `allow` (default) makes the next one, `skip` does not.',
  }),
  catchUp: catchUp.optional().meta({
    description: `What is made up for after nobody looked for a while: \`skip\` nothing, \`one\` (default) the latest occurrence, or that many of the latest (1 to ${MAX_CATCH_UP}).`,
  }),
}
const description = text(MAX_DESCRIPTION)

export const createScheduleBody = z
  .strictObject({
    name,
    task: scheduledTask,
    ...ruleFields,
    startAt: startAt.optional(),
    endAt: endAt.optional(),
    jitter: jitter.optional(),
    ...policyFields,
    description: description.optional(),
    tags: tags.optional(),
    paused: z.boolean().optional().meta({ description: 'Fires nothing until it is resumed.' }),
  })
  .meta({
    id: 'CreateSchedule',
    description: 'Exactly one of `at`, `after`, `every` and `cron`.',
    example: {
      name: 'nightly report',
      task: { name: 'echo', payload: { report: 'sales' } },
      cron: '0 3 * * MON-FRI',
      timeZone: 'Europe/Berlin',
      overlap: 'skip',
    },
  })
export type CreateScheduleBody = z.output<typeof createScheduleBody>

export const editScheduleBody = z
  .strictObject({
    name: name.optional(),
    task: scheduledTask.optional(),
    ...ruleFields,
    startAt: startAt.nullable().optional(),
    endAt: endAt.nullable().optional(),
    jitter: jitter.nullable().optional(),
    ...policyFields,
    description: description.nullable().optional(),
    tags: z.union([z.null(), tags]).optional(),
  })
  .refine(value => Object.keys(value).length > 0, {
    error: 'names no field to change',
    // Fields that are not known were left out.
    when: ({ issues }) => issues.length === 0,
  })
  .meta({
    id: 'EditSchedule',
    description:
      '`null` removes a field. `task` replaces the whole task, and a rule the rule; `cron` keeps its time zone.',
    example: { cron: '30 4 * * *', description: null },
  })
  .register(elsewhere, { paused: 'POST to …/pause or …/resume, below the path of the schedule' })
export type EditScheduleBody = z.output<typeof editScheduleBody>

export const pauseScheduleBody = z
  .strictObject({
    reason: text(MAX_REASON, 1).optional().meta({ description: 'Shown to whoever wonders why nothing fires.' }),
  })
  .meta({ id: 'PauseSchedule', example: { reason: 'the report is being rewritten' } })

export const backfillBody = z
  .strictObject({
    from: instant.meta({ description: 'The first occurrence may be at this time.' }),
    to: instant.meta({ description: 'The last one too. Not ahead of now.' }),
    dryRun: z.boolean().optional().meta({ description: 'Only tells what would be made.' }),
  })
  .meta({
    id: 'BackfillSchedule',
    example: { from: '2030-01-01T00:00:00Z', to: '2030-01-31T00:00:00Z', dryRun: true },
  })
