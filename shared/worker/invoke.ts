import { type AnyTask, outcomeRequest, type TaskContext, type TaskLog } from '../core/definition.ts'
import { duration } from '../core/duration.ts'
import { PulseError } from '../core/errors.ts'
import type { TaskError } from '../core/task.ts'
import { taskError } from '../core/task-error.ts'
import { checkPayload } from '../engine/check-payload.ts'
import type { Abortion, HandlerHooks, Invocation, RunEnd } from '../ports/handler-runner.ts'

/** Calls a handler and says in plain data what came of it. Never rejects. */
export async function invoke(
  task: AnyTask,
  invocation: Invocation,
  hooks: HandlerHooks,
  abortion: Abortion,
): Promise<RunEnd> {
  let input: unknown
  try {
    const payload: unknown = invocation.payload === undefined ? undefined : JSON.parse(invocation.payload)
    input = checkPayload(task, payload)
    if (input instanceof Promise) input = await input
  } catch (error) {
    if (!(error instanceof PulseError)) return { kind: 'failed', error: taskError(error) }
    // The schema has changed since the submit: running again cannot help, a requeue with another payload can.
    return { kind: 'discarded', error: taskError(error, 'payload_invalid') }
  }
  try {
    return endOf(await task.run(input, createContext(invocation, hooks, abortion)))
  } catch (thrown) {
    return { kind: 'failed', error: withoutOurFrames(taskError(thrown)) }
  }
}

/** From this module on, the stack is ours and tells the handler's author nothing. */
function withoutOurFrames(error: TaskError): TaskError {
  const ours = error.stack?.search(OUR_FRAME) ?? -1
  return ours < 0 ? error : { ...error, stack: error.stack?.slice(0, ours) ?? '' }
}
const OUR_FRAME = /\n\s+at (?:async )?invoke \(/

/** A returned value: an outcome in so many words, or the result. */
function endOf(value: unknown): RunEnd {
  const request = outcomeRequest(value)
  if (!request) return storedResult(value)
  switch (request.kind) {
    case 'retryIn':
      return { kind: 'retryIn', delayMs: request.delayMs, error: taskError(asked('RetryRequested', request.reason)) }
    case 'snooze':
      return { kind: 'snoozed', delayMs: request.delayMs }
    case 'cancel':
      return { kind: 'canceled', reason: request.reason }
    case 'discard':
      return { kind: 'discarded', error: taskError(asked('Discarded', request.reason), 'discarded') }
  }
}

/** Something that JSON cannot hold would be as unstorable the next time. */
function storedResult(value: unknown): RunEnd {
  if (value === undefined) return { kind: 'completed', result: undefined }
  try {
    const result = JSON.stringify(value) as string | undefined
    if (result !== undefined) return { kind: 'completed', result }
    return unstorable(new Error(`a handler returned a ${typeof value}, which JSON cannot hold`))
  } catch (error) {
    return unstorable(error)
  }
}

function unstorable(error: unknown): RunEnd {
  return { kind: 'discarded', error: taskError(error, 'result_unstorable') }
}

/** What the handler asked for has no stack of interest. */
function asked(name: string, reason: string): Error {
  const error = new Error(reason)
  error.name = name
  delete error.stack
  return error
}

function createContext(invocation: Invocation, hooks: HandlerHooks, abortion: Abortion): TaskContext {
  const { id, name, run, attempt } = invocation
  let calls = 0
  return {
    id,
    name,
    run,
    attempt,
    idempotencyKey: `${id}:${run}`,
    get signal() {
      return abortion.signal
    },
    log: new HandlerLog(hooks),
    progress(percent, message) {
      const bounded = Math.max(0, Math.min(100, Number(percent) || 0))
      hooks.progress({ percent: bounded, ...(message !== undefined && { message: String(message).slice(0, 200) }) })
    },
    enqueue(task, payload, options = {}) {
      const { delay, ...rest } = options
      const child = {
        name: typeof task === 'string' ? task : task.name,
        payload,
        ...rest,
        ...(delay !== undefined && { delayMs: duration(delay) }),
      }
      return hooks.enqueue(child, calls++)
    },
  }
}

class HandlerLog implements TaskLog {
  readonly #hooks: HandlerHooks
  constructor(hooks: HandlerHooks) {
    this.#hooks = hooks
  }
  info(message: string, fields?: Fields): void {
    this.#log('info', message, fields)
  }
  warn(message: string, fields?: Fields): void {
    this.#log('warn', message, fields)
  }
  error(message: string, fields?: Fields): void {
    this.#log('error', message, fields)
  }
  #log(level: 'info' | 'warn' | 'error', message: string, fields?: Fields): void {
    this.#hooks.log({ level, message: String(message), ...(fields && { fields: loggable(fields) }) })
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Longest text of a line's fields, in JSON. */
const FIELDS_LENGTH = 4_000

/** Fields as they are now and as JSON will carry them. What cannot be written is named instead: a word in the log must not fail a task. */
function loggable(fields: Fields): Fields {
  try {
    const text = JSON.stringify(fields)
    return text.length <= FIELDS_LENGTH ? JSON.parse(text) : { omitted: `fields of ${text.length} characters` }
  } catch (error) {
    return { omitted: error instanceof Error ? error.message : 'fields that JSON cannot hold' }
  }
}
