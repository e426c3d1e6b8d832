import { exampleWith, type FieldForm, forms, refused } from './cron-text.ts'

const PART = /^(\*|[^-/]+)(?:-([^-/]+))?(?:\/([^-/]+))?$/
const NUMBER = /^\d{1,2}$/

/**
 * The values that a field names: `*`, numbers, words, ranges, steps and lists of those, without repeats and in order.
 * @throws PulseError `invalid` at `/cron`
 */
export function readValues(form: FieldForm, text: string): readonly number[] {
  const found = new Set(text.split(',').flatMap(part => readPart(form, part)))
  return [...found].sort((a, b) => a - b)
}

/** @throws PulseError `invalid` at `/cron` when it is no value of the field */
export function readValue(form: FieldForm, text: string): number {
  const word = form.words.indexOf(text)
  if (word >= 0) return form.min + word
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  // Sunday has two numbers in cron: 0 and 7.
  if (value >= form.min && value <= (form === forms.dayOfWeek ? 7 : form.max)) return value
  throw notAValue(form, text)
}

function readPart(form: FieldForm, part: string): number[] {
  const [, from = '', to, stepText] = PART.exec(part) ?? []
  if (from === '') throw notAValue(form, part)
  if (from === '*' && to !== undefined)
    throw refused(`${form.name} "${part}" mixes * with a range`, exampleWith(form, '*'))
  if (from === '*') return steps(form, part, form.min, form.max, stepText)
  const low = readValue(form, from)
  if (to === undefined) {
    if (stepText === undefined) return [low % sizeOf(form)]
    const whole = `${low % sizeOf(form)}-${form.max}/${stepText}`
    throw refused(
      `${form.name} "${part}" has a step without a range: write the range`,
      exampleWith(form, readable(form, whole)),
    )
  }
  const high = readValue(form, to)
  const [start, end] = form === forms.dayOfWeek ? weekOrder(low, high) : [low, high]
  if (start > end) throw backwards(form, part, start, end)
  return steps(form, part, start, end, stepText)
}

/** In a range, Sunday is the first day or the last one, whichever makes it a range. */
function weekOrder(low: number, high: number): readonly [number, number] {
  if (high === 0 && low > 0) return [low, 7]
  return low === 7 && high < 7 ? [0, high] : [low, high]
}

function steps(form: FieldForm, part: string, start: number, end: number, text: string | undefined): number[] {
  const step = text === undefined ? 1 : NUMBER.test(text) ? Number(text) : 0
  if (step < 1) throw refused(`${form.name} "${part}" needs a whole number after the slash`, exampleWith(form, '*/2'))
  if (step > 1 && step > end - start) {
    const detail = `${form.name} "${part}" has a step that leaves the range ${start}-${end} at once: write the value itself`
    throw refused(detail, exampleWith(form, `${start}`))
  }
  const values: number[] = []
  for (let value = start; value <= end; value += step) values.push(value % sizeOf(form))
  return values
}

function backwards(form: FieldForm, part: string, start: number, end: number) {
  const name = (value: number) => form.words[value - form.min] ?? `${value}`
  const range = (low: number, high: number) => (low === high ? name(low) : `${name(low)}-${name(high)}`)
  const instead = `${range(start, form.max)},${range(form.min, end)}`
  return refused(`${form.name} "${part}" runs backwards: write two ranges`, exampleWith(form, instead))
}

/** Seven for days of the week, of which the eighth is the first one again; otherwise more than any value. */
function sizeOf(form: FieldForm): number {
  return form === forms.dayOfWeek ? 7 : form.max + 1
}

/** A step that is no number would spoil the example. */
function readable(form: FieldForm, text: string): string {
  const [, start = '', step = ''] = /^(\d+)-\d+\/(.*)$/.exec(text) ?? []
  return NUMBER.test(step) && Number(step) >= 1 && Number(step) <= form.max - Number(start) ? text : `${start}`
}

function notAValue(form: FieldForm, text: string) {
  const word = form.words.find(each => text.startsWith(each))
  const special = specialMarks(form, text)
  if (special) return special
  if (text === '') return refused(`${form.name} has an empty place in its list`, exampleWith(form))
  if (word) return refused(`${form.name} "${text}" is not known: write "${word}"`, exampleWith(form, word))
  const words = form.words.length === 0 ? '' : ` or ${form.words[0]}–${form.words.at(-1)}`
  const range = `${form.min}–${form === forms.dayOfWeek ? 7 : form.max}${words}`
  return refused(`${form.name} "${text}" is none of ${range}`, exampleWith(form))
}

/** Marks that some kinds of cron know, in a place where this one does not. */
function specialMarks(form: FieldForm, text: string) {
  const about = `${form.name} "${text}":`
  if (text === '?') return refused(`${about} "?" stands for "*" in the two fields of days only`, exampleWith(form, '*'))
  if (/^L?W$|^\d+W$/.test(text)) {
    return refused(`${about} "W" (the nearest weekday) is not supported: name the days of the week`, '0 3 * * MON-FRI')
  }
  if (/^L/.test(text) && form === forms.dayOfMonth) {
    return refused(`${about} "L" is the last day of the month and stands alone`, exampleWith(form, 'L'))
  }
  if (text === 'L' && form === forms.dayOfWeek) {
    return refused(
      `${about} "L" needs a day before it, the last of which in the month is meant`,
      exampleWith(form, 'FRIL'),
    )
  }
  if (/#|^[^#]+L$/.test(text) && form === forms.dayOfWeek) {
    const detail = `${about} write one day with its number in the month (1–5) or "L" for the last one, and nothing else`
    return refused(detail, exampleWith(form, 'FRI#2'))
  }
  if (/[#L]/.test(text) && form.words.length === 0) {
    return refused(`${about} "L" and "#" are for days only`, exampleWith(forms.dayOfMonth, 'L'))
  }
  return undefined
}
