/** Every refusal that a caller can meet. One table says what it means on each surface. */
export const errorCodes = {
  malformed: { status: 400, exitCode: 2, title: 'The request is malformed' },
  payload_too_large: { status: 413, exitCode: 2, title: 'The request is too large' },
  unsupported_media_type: { status: 415, exitCode: 2, title: 'The content type is not supported' },
  invalid: { status: 422, exitCode: 2, title: 'The request is refused' },
  idempotency_key_reused: { status: 422, exitCode: 5, title: 'The Idempotency-Key was used with another request' },
  unauthorized: { status: 401, exitCode: 4, title: 'Credentials are needed' },
  forbidden: { status: 403, exitCode: 4, title: 'Not allowed' },
  not_found: { status: 404, exitCode: 3, title: 'Not found' },
  method_not_allowed: { status: 405, exitCode: 2, title: 'The method is not allowed' },
  conflict: { status: 409, exitCode: 5, title: 'The task is in another state' },
  precondition_failed: { status: 412, exitCode: 5, title: 'It has changed meanwhile' },
  rate_limited: { status: 429, exitCode: 6, title: 'Too many requests' },
  internal: { status: 500, exitCode: 1, title: 'Something went wrong' },
  unavailable: { status: 503, exitCode: 1, title: 'The service cannot answer now' },
} as const satisfies Record<string, { status: number; exitCode: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

/** One field that is wrong. `pointer` is a JSON pointer into the request body, or the name of a header or query parameter. */
export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

/** Base of every error that is meant for a caller. The message says what to do next. */
export class PulseError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly FieldError[]
  /** More members of the problem document. */
  readonly extra: Readonly<Record<string, unknown>>
  /** More headers of the answer. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      errors?: readonly FieldError[]
      extra?: Record<string, unknown>
      headers?: Readonly<Record<string, string>>
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'PulseError'
    this.code = code
    this.errors = options.errors ?? []
    this.extra = options.extra ?? {}
    this.headers = options.headers ?? {}
  }
}

/**
 * A change that is based on what is no more.
 * @param what a person would call it
 * @param current what tells it as it is now
 */
export function changedSince(what: 'task' | 'schedule', current: Record<string, unknown>): PulseError {
  const detail = `the ${what} has changed since you read it: read it again, then send the request with its new ETag`
  return new PulseError('precondition_failed', detail, { extra: current })
}

/** A request that is refused because of one field of its body. */
export function invalidField(pointer: string, detail: string): PulseError {
  return new PulseError('invalid', `${pointer.slice(1)}: ${detail}`, { errors: [{ pointer, detail }] })
}

/**
 * A request that came too soon.
 * @param what the limit that is reached
 * @param policies which limits they are, as the headers name them
 */
export function tooSoon(
  what: string,
  retryAfterMs: number,
  { policies, headers }: { policies?: readonly string[]; headers?: Readonly<Record<string, string>> } = {},
): PulseError {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1_000))
  return new PulseError('rate_limited', `${what}: try again in ${retryAfter} s`, {
    extra: { retryAfter, ...(policies && { violatedPolicies: policies }) },
    ...(headers && { headers }),
  })
}
