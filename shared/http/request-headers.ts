import * as z from 'zod'

/** Seconds that `Prefer: wait=…` asks for. Preferences that nobody understands are no errors (RFC 7240). */
export const prefer = z
  .string()
  .transform(text => {
    const found = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(text)
    return found ? Number(found[1]) : undefined
  })
  .meta({ description: '`wait=20` waits up to so many seconds for the end of the task.', example: 'wait=20' })

const PRINTABLE = /^[\x20-\x7e]{1,255}$/
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/

/** Bare, or a quoted string of RFC 9651; both mean the same key. */
export const idempotencyKey = z
  .string()
  .transform((text, context) => {
    const quoted = QUOTED.exec(text)?.[1]
    const key = quoted === undefined ? text : quoted.replace(/\\(["\\])/g, '$1')
    if (PRINTABLE.test(key) && (quoted !== undefined || !key.startsWith('"'))) return key
    context.addIssue({ code: 'custom', message: 'is 1 to 255 printable ASCII characters', params: { malformed: true } })
    return z.NEVER
  })
  .meta({
    description: 'The same key with the same body gives the same task, however often it is sent.',
    example: 'order-4711',
  })

/** The versions that the caller knows, `any`, or nothing that could match (weak tags never do, RFC 9110 §13.1.1). */
function ifMatchLike(example: string) {
  return z.string().transform((text, context): 'any' | readonly number[] => {
    if (text.trim() === '*') return 'any'
    const tags = text.split(',').map(each => each.trim())
    if (tags.every(tag => /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
      return tags.flatMap(tag => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []))
    }
    const message = `is an ETag such as "${example}", with its quotes, or *`
    context.addIssue({ code: 'custom', message, params: { malformed: true } })
    return z.NEVER
  })
}

export const ifMatch = ifMatchLike('1893456000000').meta({
  description: 'The ETag that the change is based on; 412 when the task has changed since.',
  example: '"1893456000000"',
})

/** W3C trace context; one that is not valid is treated as absent, as the standard asks. */
export const traceparent = z
  .string()
  .transform(text => (TRACEPARENT.test(text) ? text : undefined))
  .meta({
    description: 'W3C trace context, kept with the task.',
    example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export const submitHeaders = z.object({
  'idempotency-key': idempotencyKey.optional(),
  prefer: prefer.optional(),
  traceparent: traceparent.optional(),
})
export const batchHeaders = z.object({
  'idempotency-key': idempotencyKey.optional(),
  traceparent: traceparent.optional(),
})
export const waitHeaders = z.object({ prefer: prefer.optional() })
/** Of a change of a task. */
export const editHeaders = z.object({ 'if-match': ifMatch.optional() })
export const createScheduleHeaders = z.object({
  'idempotency-key': idempotencyKey
    .meta({ description: 'The same key with the same body gives the same schedule, however often it is sent.' })
    .optional(),
})
const scheduleMatch = {
  'if-match': ifMatchLike('3')
    .meta({
      description: 'The ETag that the change is based on; 412 when somebody has changed the schedule since.',
      example: '"3"',
    })
    .optional(),
}
export const changeScheduleHeaders = z.object(scheduleMatch)
export const triggerHeaders = z.object({ 'idempotency-key': idempotencyKey.optional(), ...scheduleMatch })
