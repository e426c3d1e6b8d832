import type { TaskDefinition } from '../core/definition.ts'
import { type RequeuedDeadLetters, requeueDeadLetters } from './dead-letters.ts'
import { type BatchOutcomes, enqueueMany, type NewTask } from './enqueue-many.ts'
import { ConflictError } from './errors.ts'
import { newIdempotencyKey } from './idempotency-key.ts'
import { type Listing, listOf } from './listing.ts'
import type * as options from './options.ts'
import { deadLetterQuery, listQuery, pageQuery } from './queries.ts'
import { type Edges, realEdges } from './retry.ts'
import type { ScheduleOptions } from './schedule-options.ts'
import type { Schedule } from './schedule-types.ts'
import { createSchedule, Schedules } from './schedules.ts'
import { checkKey, instantText, keyHeader, submitBody, type TaskChoice, type TaskHandle } from './submit-body.ts'
import { pathOf, type TaskRef } from './task-ref.ts'
import { createTransport, type Transport } from './transport.ts'
import type { DeadLetter, Dispatch, LogLine, Stats, Task, TaskSummary } from './types.ts'
import { preferWait, type WaitOptions, waitForEnd } from './wait-for-end.ts'

/**
 * The client of the HTTP API, for browsers and Node. Refusals and failures are `PulseClientError`s of a class for
 * each code.
 * Requests are repeated after 429, 502, 503, 504 and lost answers, with growing pauses; what must not happen twice is
 * not.
 */
export class Pulse {
  /** What can be done with schedules once they are made. */
  readonly schedules: Schedules
  readonly #transport: Transport
  readonly #edges: Edges

  /**
   * @param edges time and chance, for tests
   * @throws TypeError when the options make no sense
   */
  constructor(options: options.ClientOptions, edges: Edges = realEdges) {
    this.#edges = edges
    this.#transport = createTransport(options, edges)
    this.schedules = new Schedules(this.#transport)
  }

  /**
   * Submits a task; when it returns, the task is stored durably. The Idempotency-Key makes repeats harmless.
   * @param task a definition, which types input and result, or a name
   */
  enqueue<Input, Output, Raw>(
    task: TaskDefinition<Input, Output, Raw>,
    input: NoInfer<Raw>,
    options?: options.EnqueueOptions,
  ): Promise<TaskHandle<Output>>
  enqueue(name: string, input?: unknown, options?: options.EnqueueOptions): Promise<TaskHandle>
  async enqueue(task: TaskChoice, input?: unknown, options: options.EnqueueOptions = {}): Promise<TaskHandle> {
    const { idempotencyKey = newIdempotencyKey(), wait, traceparent, signal } = options
    const seconds = wait === undefined ? 0 : Math.ceil(wait / 1_000)
    const { headers, body } = await this.#transport.send<TaskSummary | Task>({
      method: 'POST',
      path: '/tasks',
      body: JSON.stringify(submitBody(task, input, options)),
      headers: {
        'idempotency-key': keyHeader(checkKey(idempotencyKey)),
        ...(seconds > 0 && preferWait(seconds)),
        ...(traceparent !== undefined && { traceparent }),
      },
      serverWaitMs: seconds * 1_000,
      signal,
    })
    const replayed = headers.get('idempotency-replayed') === 'true'
    return { id: body.id, state: body.state, replayed, ...('history' in body && { task: body }) }
  }

  /**
   * Submits any number of tasks in few requests. They stand for themselves: look at the outcome of each.
   * @throws PulseClientError when not even the first request succeeds
   */
  async enqueueMany<const Choices extends readonly TaskChoice[]>(
    tasks: { readonly [Index in keyof Choices]: NewTask<Choices[Index]> },
    options: options.CallOptions = {},
  ): Promise<BatchOutcomes<Choices>> {
    const outcomes: unknown = await enqueueMany(this.#transport, newIdempotencyKey, tasks, options)
    // One outcome for each task, in order, whose results the API does not check.
    return outcomes as BatchOutcomes<Choices>
  }

  /**
   * Makes a schedule, each of whose occurrences makes the task. The Idempotency-Key makes repeats harmless.
   * @param task a definition, which types the input, or a name
   */
  schedule<Input, Output, Raw>(
    task: TaskDefinition<Input, Output, Raw>,
    input: NoInfer<Raw>,
    options: ScheduleOptions,
  ): Promise<Schedule<Raw>>
  schedule(name: string, input: unknown, options: ScheduleOptions): Promise<Schedule>
  schedule(task: TaskChoice, input: unknown, options: ScheduleOptions): Promise<Schedule> {
    return createSchedule(this.#transport, task, input, options)
  }

  async get<Output = unknown>(task: TaskRef<Output>, { signal }: options.CallOptions = {}): Promise<Task<Output>> {
    return (await this.#transport.send<Task<Output>>({ method: 'GET', path: pathOf(task), signal })).body
  }

  /**
   * Waits for a task's end, whatever it is: look at `state` before `result`.
   * @throws WaitTimeoutError when its time is up
   */
  wait<Output = unknown>(task: TaskRef<Output>, options: WaitOptions = {}): Promise<Task<Output>> {
    return waitForEnd(this.#transport, this.#edges, pathOf(task), options)
  }

  /** Tasks that match, newest first. */
  list(filter: options.TaskFilter = {}): Listing<TaskSummary> {
    return listOf(this.#transport, '/tasks', listQuery(filter), filter.signal)
  }

  /** What a task's handler logged, oldest first. */
  logs(task: TaskRef, options: options.ListOptions = {}): Listing<LogLine> {
    return listOf(this.#transport, `${pathOf(task)}/logs`, pageQuery(options), options.signal)
  }

  /**
   * Cancels a task: at once while it waits; a running one is told, and `cancelRequested` is true until it ends.
   * @throws ConflictError when it has ended
   */
  async cancel(task: TaskRef, { signal }: options.CallOptions = {}): Promise<Task> {
    try {
      return (await this.#transport.send<Task>({ method: 'POST', path: `${pathOf(task)}/cancel`, signal })).body
    } catch (error) {
      // An earlier try of this call canceled it, and its answer was lost.
      if (error instanceof ConflictError && error.outcomeUnknown && error.currentState === 'CANCELED')
        return await this.get(task, { signal })
      throw error
    }
  }

  /**
   * Runs a task again that has ended: a new run with all its attempts, if wanted with another payload. A lost answer is
   * not followed by a repeat, which could start a second run: see `outcomeUnknown` of the error.
   * @throws ConflictError when it has not ended
   */
  async requeue<Output = unknown>(
    task: TaskRef<Output>,
    { payload, signal }: options.CallOptions & { readonly payload?: unknown } = {},
  ): Promise<Task<Output>> {
    const body = JSON.stringify({ payload })
    const path = `${pathOf(task)}/requeue`
    return (await this.#transport.send<Task<Output>>({ method: 'POST', path, body, signal, repeat: 'if not done' }))
      .body
  }

  /**
   * Changes a task before it starts. A lost answer is not followed by a repeat, which could undo somebody's later
   * change.
   * @param options `ifVersion`: only if the task is still at this `version`
   * @throws ConflictError when it has started, PreconditionFailedError when it has changed
   */
  async edit<Output = unknown>(
    task: TaskRef<Output>,
    changes: options.TaskChanges,
    { ifVersion, signal }: options.CallOptions & { readonly ifVersion?: number } = {},
  ): Promise<Task<Output>> {
    const answer = await this.#transport.send<Task<Output>>({
      method: 'PATCH',
      path: pathOf(task),
      body: JSON.stringify({ ...changes, runAt: instantText(changes.runAt) }),
      ...(ifVersion !== undefined && { headers: { 'if-match': `"${ifVersion}"` } }),
      signal,
      repeat: 'if not done',
    })
    return answer.body
  }

  /** Tasks whose attempts are spent, latest death first. */
  deadLetters(filter: options.DeadLetterFilter = {}): Listing<DeadLetter> {
    return listOf(this.#transport, '/dead-letters', deadLetterQuery(filter), filter.signal)
  }

  /** Requeues dead letters: some by id, those that match, or all; request by request, until none is left. */
  requeueDeadLetters(
    selection: options.DeadLetterSelection,
    options: options.CallOptions = {},
  ): Promise<RequeuedDeadLetters> {
    return requeueDeadLetters(this.#transport, selection, options)
  }

  /** Holds dispatch back: submits land, running tasks finish, nothing starts later than 5 s after the answer. */
  pause(
    { reason, priority, name, for: length }: options.PauseOptions,
    { signal }: options.CallOptions = {},
  ): Promise<Dispatch> {
    return this.#dispatch('/dispatch/pause', { reason, priority, name, for: length }, signal)
  }

  /** Lets go on what a pause with the same selector holds back. */
  resume({ priority, name }: options.DispatchSelector = {}, { signal }: options.CallOptions = {}): Promise<Dispatch> {
    return this.#dispatch('/dispatch/resume', { priority, name }, signal)
  }

  /** The pauses in force. */
  async dispatch({ signal }: options.CallOptions = {}): Promise<Dispatch> {
    return (await this.#transport.send<Dispatch>({ method: 'GET', path: '/dispatch', signal })).body
  }

  async stats({ signal }: options.CallOptions = {}): Promise<Stats> {
    return (await this.#transport.send<Stats>({ method: 'GET', path: '/stats', signal })).body
  }

  async #dispatch(path: string, body: object, signal: AbortSignal | undefined): Promise<Dispatch> {
    return (await this.#transport.send<Dispatch>({ method: 'POST', path, body: JSON.stringify(body), signal })).body
  }
}
