import type { ErrorCode, FieldError } from '../core/errors.ts'
import type { Action } from '../core/lifecycle.ts'
import type { ShownState } from '../core/shown-state.ts'
import type { Problem, Task } from './types.ts'

export interface ErrorDetails {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number
  readonly problem?: Problem
  readonly retryAfterMs?: number
  readonly outcomeUnknown?: boolean
  readonly cause?: unknown
}

/**
 * Base of all that the client throws but aborts (the signal's reason) and misuse (TypeError). The message says what
 * to do.
 */
export class PulseClientError extends Error {
  override readonly name: string = 'PulseClientError'
  readonly code: ErrorCode | 'network' | 'wait_timeout'
  readonly status: number | undefined
  /**
   * The fields that are wrong, each by a JSON pointer into the request body, or a header's or query parameter's name.
   */
  readonly errors: readonly FieldError[]
  /** Leads to the server's log lines. */
  readonly requestId: string | undefined
  /** The answer, as the server wrote it. */
  readonly problem: Problem | undefined
  /** Milliseconds until another try makes sense, if the server said so: of RateLimitedError and UnavailableError. */
  readonly retryAfterMs: number | undefined
  /** The request, or an earlier try of it, had no clear answer: what it asked for may have happened. */
  readonly outcomeUnknown: boolean

  constructor(code: ErrorCode | 'network' | 'wait_timeout', message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.status = details.status
    this.problem = details.problem
    this.errors = details.problem?.errors ?? []
    this.requestId = details.problem?.requestId
    this.retryAfterMs = details.retryAfterMs
    this.outcomeUnknown = details.outcomeUnknown ?? false
  }
}

/** 400: a wrong type, an unknown field, no JSON. `errors` name the fields. */
export class MalformedRequestError extends PulseClientError {
  override readonly name = 'MalformedRequestError'
  declare readonly code: 'malformed'
}

/**
 * 422: well-formed but refused: out of range, against the task's schema, an unknown task name. `errors` name the
 * fields.
 */
export class ValidationError extends PulseClientError {
  override readonly name = 'ValidationError'
  declare readonly code: 'invalid'
}

/** 413. */
export class PayloadTooLargeError extends PulseClientError {
  override readonly name = 'PayloadTooLargeError'
  declare readonly code: 'payload_too_large'
}

/** 415. */
export class UnsupportedMediaTypeError extends PulseClientError {
  override readonly name = 'UnsupportedMediaTypeError'
  declare readonly code: 'unsupported_media_type'
}

/** 422: the key stands for another task already. */
export class IdempotencyKeyReusedError extends PulseClientError {
  override readonly name = 'IdempotencyKeyReusedError'
  declare readonly code: 'idempotency_key_reused'
}

/** 401: no credentials, or none that are valid. */
export class UnauthorizedError extends PulseClientError {
  override readonly name = 'UnauthorizedError'
  declare readonly code: 'unauthorized'
}

/** 403. */
export class ForbiddenError extends PulseClientError {
  override readonly name = 'ForbiddenError'
  declare readonly code: 'forbidden'
}

/** 404: no such task, or one of another owner. */
export class NotFoundError extends PulseClientError {
  override readonly name = 'NotFoundError'
  declare readonly code: 'not_found'
}

/** 405. */
export class MethodNotAllowedError extends PulseClientError {
  override readonly name = 'MethodNotAllowedError'
  declare readonly code: 'method_not_allowed'
}

/** 409: the task's state does not allow it. */
export class ConflictError extends PulseClientError {
  override readonly name = 'ConflictError'
  declare readonly code: 'conflict'
  get currentState(): ShownState | undefined {
    return this.problem?.currentState
  }
  get allowedActions(): readonly Action[] {
    return this.problem?.allowedActions ?? []
  }
}

/** 412: the task has changed since the version that `ifVersion` names. */
export class PreconditionFailedError extends PulseClientError {
  override readonly name = 'PreconditionFailedError'
  declare readonly code: 'precondition_failed'
}

/** 429, after all repeats. */
export class RateLimitedError extends PulseClientError {
  override readonly name = 'RateLimitedError'
  declare readonly code: 'rate_limited'
}

/** 500. */
export class InternalError extends PulseClientError {
  override readonly name = 'InternalError'
  declare readonly code: 'internal'
}

/** 502, 503 or 504, after all repeats. */
export class UnavailableError extends PulseClientError {
  override readonly name = 'UnavailableError'
  declare readonly code: 'unavailable'
}

/** No answer, after all repeats: nobody there, the connection broke, or it took too long. */
export class NetworkError extends PulseClientError {
  override readonly name = 'NetworkError'
  declare readonly code: 'network'
  constructor(message: string, details: ErrorDetails = {}) {
    super('network', message, details)
  }
}

/** `wait` ran out of time. The task goes on. */
export class WaitTimeoutError extends PulseClientError {
  override readonly name = 'WaitTimeoutError'
  declare readonly code: 'wait_timeout'
  /** As it was when it was last looked at. */
  readonly task: Task
  constructor(task: Task, timeoutMs: number) {
    super(
      'wait_timeout',
      `task ${task.id} is still ${task.state} after ${timeoutMs} ms: wait again, or look at its history`,
    )
    this.task = task
  }
}
