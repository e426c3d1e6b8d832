export { Pulse } from './client.ts'
export type { RequeuedDeadLetters } from './dead-letters.ts'
export type { BatchOutcome, BatchOutcomes, NewTask } from './enqueue-many.ts'
export {
  ConflictError,
  ForbiddenError,
  IdempotencyKeyReusedError,
  InternalError,
  MalformedRequestError,
  MethodNotAllowedError,
  NetworkError,
  NotFoundError,
  PayloadTooLargeError,
  PreconditionFailedError,
  PulseClientError,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
  UnsupportedMediaTypeError,
  ValidationError,
  WaitTimeoutError,
} from './errors.ts'
export { newIdempotencyKey } from './idempotency-key.ts'
export type { Listing } from './listing.ts'
export type {
  CallOptions,
  ClientOptions,
  DeadLetterFilter,
  DeadLetterSelection,
  DispatchSelector,
  EnqueueOptions,
  ListOptions,
  PauseOptions,
  TaskChanges,
  TaskFilter,
  TaskOptions,
} from './options.ts'
export type {
  BackfillOptions,
  ScheduleChanges,
  ScheduleOptions,
  ScheduleRef,
  ScheduleRule,
  TaskDetails,
} from './schedule-options.ts'
export type { Backfill, Occurrence, Schedule, ScheduledTask, ScheduleSummary } from './schedule-types.ts'
export type { Schedules } from './schedules.ts'
export type { InputOf, OutputOf, TaskChoice, TaskHandle } from './submit-body.ts'
export type { TaskRef } from './task-ref.ts'
export type {
  DeadLetter,
  Dispatch,
  EndCounts,
  HistoryEntry,
  LogLine,
  Page,
  Pause,
  Problem,
  StateCounts,
  Stats,
  Task,
  TaskSummary,
} from './types.ts'
export type { WaitOptions } from './wait-for-end.ts'
