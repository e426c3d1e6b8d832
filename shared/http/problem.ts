import { type ErrorCode, errorCodes, PulseError } from '../core/errors.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { HttpResult } from './event.ts'

/** RFC 9457, with a stable `code`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly instance?: string
  readonly requestId?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  readonly [more: string]: unknown
}

/** Where the problem types are described: a page that this server itself has. */
export const PROBLEM_TYPES = '/redoc#problem-'

/** Seconds that a caller is asked to wait before trying again. */
const RETRY_AFTER = 1

/** What a caller may know of any error: never a message or a stack that was not written for callers (SEC-46). */
export function pulseErrorOf(error: unknown): PulseError {
  if (error instanceof PulseError) return error
  if (error instanceof StoreUnavailable) {
    const detail =
      error.task === undefined
        ? 'the store does not answer; try again'
        : 'the task is stored, but no worker could be told of it; a repeat with the same Idempotency-Key tells them'
    return new PulseError('unavailable', detail, { cause: error })
  }
  return new PulseError('internal', 'the server failed; the request id leads to its log line', { cause: error })
}

export function problemOf(error: PulseError, request?: { readonly path: string; readonly id: string }): Problem {
  const { status, title } = errorCodes[error.code]
  return {
    ...error.extra,
    type: `${PROBLEM_TYPES}${error.code}`,
    title,
    status,
    detail: error.message,
    ...(request && { instance: request.path }),
    code: error.code,
    ...(error.errors.length > 0 && { errors: error.errors }),
    ...(error.cause instanceof StoreUnavailable && error.cause.task !== undefined && { taskId: error.cause.task }),
    ...(request && { requestId: request.id }),
  }
}

export function problemResult(error: PulseError, request: { readonly path: string; readonly id: string }): HttpResult {
  const { status } = errorCodes[error.code]
  const { allowedMethods, retryAfter = RETRY_AFTER } = error.extra
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(Array.isArray(allowedMethods) && { allow: allowedMethods.join(', ') }),
      ...((status === 503 || status === 429) && { 'retry-after': String(retryAfter) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...error.headers,
    },
    body: JSON.stringify(problemOf(error, request)),
  }
}
