import type * as z from 'zod'
import type * as answer from './schedule-answers.ts'

// What the scripts of the console take answers for: the compiler holds them to the schemas of the routes.
export type ScheduleSummary = z.output<typeof answer.scheduleSummary>
export type Schedule = z.output<typeof answer.schedule>
export type Occurrence = z.output<typeof answer.occurrence>
export type BackfillAnswer = z.output<typeof answer.backfillAnswer>
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}
