import { isUtf8 } from 'node:buffer'
import { PulseError } from '../core/errors.ts'
import type { HttpEvent } from './event.ts'
import { noQuery } from './query-schemas.ts'
import type { BodyLimits, Route } from './route.ts'
import { scanJson } from './scan-json.ts'
import { asName, asPointer, validate } from './validate.ts'

/**
 * The checked body of a request, or undefined when it may have none and has none.
 * @throws PulseError `payload_too_large`, `unsupported_media_type`, `malformed` or `invalid`
 */
export function readBody(event: HttpEvent, { body }: Route): unknown {
  if (!body) return undefined
  const text = bodyText(event, body.limits)
  if (text === '' && body.optional) return body.schema.parse({})
  requirePlain(event.headers)
  if (body.form && FORM_TYPE.test(event.headers['content-type'] ?? ''))
    return validate(body.schema, fieldsOf(text), asPointer)
  requireJson(event.headers)
  return validate(body.schema, parseJson(text, body.limits), asPointer)
}

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** @throws PulseError `malformed` */
function fieldsOf(text: string): Record<string, string> {
  refuseBadEncoding(text)
  const given: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    if (given[name] !== undefined) throw twice(name)
    given[name] = value
  }
  return { ...given }
}

function bodyText({ body, isBase64Encoded }: HttpEvent, limits: BodyLimits): string {
  if (body === undefined) return ''
  if (!isBase64Encoded) {
    // A UTF-16 unit takes at most three bytes, so most bodies need not be measured.
    if (body.length * 3 > limits.bytes && Buffer.byteLength(body) > limits.bytes) throw tooLarge(limits)
    return body
  }
  if (body.length > limits.bytes * 1.5) throw tooLarge(limits)
  const bytes = Buffer.from(body, 'base64')
  if (bytes.length > limits.bytes) throw tooLarge(limits)
  if (!isUtf8(bytes)) throw new PulseError('malformed', 'the body is not valid UTF-8')
  return bytes.toString()
}

export function tooLarge(limits: { readonly bytes: number }): PulseError {
  return new PulseError(
    'payload_too_large',
    `the body has more than ${limits.bytes} bytes; large content belongs into a store of its own`,
  )
}

const JSON_TYPE = /^application\/(?:json|[\w.!#$&^+-]+\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i

function requireJson(headers: HttpEvent['headers']): void {
  const type = headers['content-type']
  if (type !== 'application/json' && !(type !== undefined && JSON_TYPE.test(type))) {
    throw new PulseError(
      'unsupported_media_type',
      'send JSON in UTF-8 with the header "Content-Type: application/json"',
    )
  }
}

function requirePlain(headers: HttpEvent['headers']): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new PulseError('unsupported_media_type', 'send the body without Content-Encoding')
  }
}

function parseJson(text: string, limits: BodyLimits): unknown {
  scanJson(text, limits)
  try {
    return JSON.parse(text)
  } catch (error) {
    const where = error instanceof SyntaxError ? /at position \d+/.exec(error.message)?.[0] : undefined
    throw new PulseError('malformed', `the body is not valid JSON${where ? ` (${where})` : ''}`)
  }
}

/**
 * The checked query of a request.
 * @throws PulseError `malformed` or `invalid`
 */
export function readQuery(event: HttpEvent, { query, repeatable, role, method }: Route): unknown {
  // Pages and probes: what somebody puts behind their addresses is theirs.
  const ignored = role === 'public' && method === 'GET'
  if (!query && (event.rawQueryString === '' || ignored)) return undefined
  refuseBadEncoding(event.rawQueryString)
  const given: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(event.rawQueryString)) {
    const before = given[name]
    if (repeatable?.includes(name)) given[name] = Array.isArray(before) ? [...before, value] : [value]
    else if (before === undefined) given[name] = value
    else throw twice(name)
  }
  return validate(query ?? noQuery, { ...given }, asName)
}

/** URLSearchParams puts a replacement character for what is no UTF-8, and a filter would then silently match nothing. */
function refuseBadEncoding(query: string): void {
  try {
    decodeURIComponent(query)
  } catch {
    throw new PulseError(
      'malformed',
      'the query or form is not percent-encoded UTF-8: encode each value with encodeURIComponent',
    )
  }
}

function twice(name: string): PulseError {
  const pointer = name.slice(0, 64)
  const detail = 'is given twice'
  return new PulseError('malformed', `${JSON.stringify(pointer)} ${detail}`, { errors: [{ pointer, detail }] })
}

/** The headers that the route reads; others are none of its business. */
export function readHeaders(event: HttpEvent, { headers }: Route): unknown {
  return headers && validate(headers, event.headers, asName)
}
