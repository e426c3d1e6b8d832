import { type ErrorCode, errorCodes } from '../core/errors.ts'
import * as errors from './errors.ts'
import type { Problem } from './types.ts'

/** A class for each code: the compiler asks for one when the table gets a new code. */
export const errorClasses = {
  malformed: errors.MalformedRequestError,
  payload_too_large: errors.PayloadTooLargeError,
  unsupported_media_type: errors.UnsupportedMediaTypeError,
  invalid: errors.ValidationError,
  idempotency_key_reused: errors.IdempotencyKeyReusedError,
  unauthorized: errors.UnauthorizedError,
  forbidden: errors.ForbiddenError,
  not_found: errors.NotFoundError,
  method_not_allowed: errors.MethodNotAllowedError,
  conflict: errors.ConflictError,
  precondition_failed: errors.PreconditionFailedError,
  rate_limited: errors.RateLimitedError,
  internal: errors.InternalError,
  unavailable: errors.UnavailableError,
} as const satisfies Record<ErrorCode, typeof errors.PulseClientError>

/**
 * The error that an answer stands for. An answer without a problem document, as from a proxy, is judged by its status.
 * @param body of any form
 */
export function problemError(
  status: number,
  body: unknown,
  details: Omit<errors.ErrorDetails, 'status' | 'problem'> = {},
): errors.PulseClientError {
  const problem = asProblem(body)
  const code = problem?.code !== undefined && isErrorCode(problem.code) ? problem.code : codeOfStatus(status)
  const more = { ...details, status, ...(problem && { problem }) }
  return new errorClasses[code](code, messageOf(code, status, problem, details.retryAfterMs), more)
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 504) return 'unavailable'
  for (const [code, meaning] of Object.entries(errorCodes)) if (meaning.status === status) return code as ErrorCode
  return status >= 500 ? 'internal' : 'malformed'
}

function asProblem(body: unknown): Problem | undefined {
  return typeof body === 'object' && body !== null && 'code' in body && 'status' in body ? (body as Problem) : undefined
}

function messageOf(
  code: ErrorCode,
  status: number,
  problem: Problem | undefined,
  retryAfterMs: number | undefined,
): string {
  const what = problem?.detail ?? problem?.title ?? `the server answered ${status}: ${errorCodes[code].title}`
  // The detail names the first field; the others would be lost in a log.
  const others = (problem?.errors ?? []).slice(1).map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`)
  return what + others.join('') + advice(code, problem, retryAfterMs)
}

function advice(code: ErrorCode, problem: Problem | undefined, retryAfterMs: number | undefined): string {
  const wait = retryAfterMs === undefined ? '' : ` (try again in ${Math.ceil(retryAfterMs / 1_000)} s)`
  switch (code) {
    case 'unauthorized':
      return ' (pass a valid apiKey to new Pulse)'
    case 'conflict':
      return problem?.allowedActions?.length ? ` (allowed now: ${problem.allowedActions.join(', ')})` : ''
    case 'precondition_failed':
      return ' (read the task again and base the change on its version)'
    case 'rate_limited':
    case 'unavailable':
      return wait
    case 'internal':
      return problem?.requestId === undefined ? '' : ` (request id ${problem.requestId})`
    default:
      return ''
  }
}
