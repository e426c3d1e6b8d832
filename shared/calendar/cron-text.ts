import { invalidField, type PulseError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'

/** Long enough for any rule that a person can read, and short enough that reading it costs nothing. */
export const LONGEST_CRON = 200

/** What one field of a cron expression can hold. */
export interface FieldForm {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Words for the values from `min` on. */
  readonly words: readonly string[]
  /** What people often write there. */
  readonly example: string
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
export const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

/** The five fields, in the order in which they are written. */
export const forms = {
  minute: { name: 'minute', min: 0, max: 59, words: [], example: '*/15' },
  hour: { name: 'hour', min: 0, max: 23, words: [], example: '9-17' },
  dayOfMonth: { name: 'day-of-month', min: 1, max: 31, words: [], example: '1,15' },
  month: { name: 'month', min: 1, max: 12, words: MONTHS, example: 'JAN-MAR' },
  dayOfWeek: { name: 'day-of-week', min: 0, max: 6, words: DAYS, example: 'MON-FRI' },
} as const satisfies Record<string, FieldForm>

/** Checked before anything is written in capitals, which makes ASCII of some other letters. */
const FOREIGN = /[^0-9A-Za-z*,/?#@\s-]/u

const order: readonly FieldForm[] = Object.values(forms)

const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
}

/** The five fields as text: in capitals, macros written out, `?` as `*` where it may stand. */
export type CronText = readonly [minute: string, hour: string, dayOfMonth: string, month: string, dayOfWeek: string]

/** @throws PulseError `invalid` at `/cron` unless there are five fields */
export function splitCron(text: string): CronText {
  if (text.length > LONGEST_CRON) {
    throw refused(`has ${text.length} characters, at most ${LONGEST_CRON} are read`, '*/15 8-17 * * MON-FRI')
  }
  const foreign = FOREIGN.exec(text)?.[0]
  if (foreign !== undefined) throw refused(`has the character "${foreign}", which means nothing here`, '0 3 * * *')
  const words = text.trim().split(/\s+/)
  const [first = ''] = words
  if (first.startsWith('@')) return splitCron(writtenOut(text.trim().toLowerCase()))
  const fields = words.map((word, index) => ((index === 2 || index === 4) && word === '?' ? '*' : word.toUpperCase()))
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields
  if (fields.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    throw wrongCount(text.trim() === '' ? 0 : words.length)
  }
  return [minute, hour, dayOfMonth, month, dayOfWeek]
}

/**
 * A refusal of a cron expression.
 * @param example an expression that does work, and does what was probably meant
 */
export function refused(detail: string, example: string): PulseError {
  return invalidField('/cron', `${detail}, such as "${example}"`)
}

/** An expression that has `text` in one field and is otherwise plain. */
export function exampleWith(form: FieldForm, text = form.example): string {
  const plain = form === forms.minute ? ['0', '*', '*', '*', '*'] : ['0', '3', '*', '*', '*']
  return plain.map((other, index) => (order[index] === form ? text : other)).join(' ')
}

function writtenOut(macro: string): string {
  const known = Object.keys(macros)
  const near = suggest(macro, known) ?? '@daily'
  const found = Object.hasOwn(macros, macro) ? macros[macro] : undefined
  if (found === undefined) throw refused(`"${macro}" is none of ${known.join(', ')}: write one of them`, near)
  return found
}

function wrongCount(count: number): PulseError {
  const order = 'minute hour day-of-month month day-of-week'
  if (count < 6) return refused(`has ${count} fields, five are needed (${order})`, '0 3 * * *')
  const hint = 'there are no seconds and no years: leave them out (for less than a minute use "every")'
  return refused(`has ${count} fields, five are read (${order}); ${hint}`, '0 3 * * *')
}
