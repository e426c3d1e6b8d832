import { NotFoundError } from './errors.ts'
import { newIdempotencyKey } from './idempotency-key.ts'
import { type Listing, listOf } from './listing.ts'
import type { CallOptions, ListOptions } from './options.ts'
import { pageQuery } from './queries.ts'
import { changesBody, scheduleBody, schedulePath } from './schedule-body.ts'
import type { BackfillOptions, ScheduleChanges, ScheduleOptions, ScheduleRef } from './schedule-options.ts'
import type { Backfill, Occurrence, Schedule, ScheduleSummary } from './schedule-types.ts'
import { checkKey, instantText, keyHeader, type TaskChoice, type TaskHandle } from './submit-body.ts'
import type { Transport } from './transport.ts'
import type { Page, TaskSummary } from './types.ts'

/** The API takes so many items a request. */
const MOST_ITEMS = 200

export async function createSchedule(
  transport: Transport,
  task: TaskChoice,
  input: unknown,
  options: ScheduleOptions,
): Promise<Schedule> {
  const { idempotencyKey = newIdempotencyKey(), signal } = options
  const { body } = await transport.send<Schedule>({
    method: 'POST',
    path: '/schedules',
    body: JSON.stringify(scheduleBody(task, input, options)),
    headers: { 'idempotency-key': keyHeader(checkKey(idempotencyKey)) },
    signal,
  })
  return body
}

/** What can be done with schedules once they are made: `pulse.schedules`. */
export class Schedules {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async get<Payload = unknown>(schedule: ScheduleRef, { signal }: CallOptions = {}): Promise<Schedule<Payload>> {
    const path = schedulePath(schedule)
    return (await this.#transport.send<Schedule<Payload>>({ method: 'GET', path, signal })).body
  }

  /** Your own; everybody's for operators. */
  list(options: ListOptions = {}): Listing<ScheduleSummary> {
    return listOf(this.#transport, '/schedules', pageQuery(options), options.signal)
  }

  /**
   * Changes a schedule. A lost answer is not followed by a repeat, which could undo somebody's later change.
   * @param options `ifGeneration`: only if the schedule is still at this `generation`
   * @throws PreconditionFailedError when it has changed
   */
  async edit<Payload = unknown>(
    schedule: ScheduleRef,
    changes: ScheduleChanges,
    { ifGeneration, signal }: CallOptions & { readonly ifGeneration?: number } = {},
  ): Promise<Schedule<Payload>> {
    const answer = await this.#transport.send<Schedule<Payload>>({
      method: 'PATCH',
      path: schedulePath(schedule),
      body: JSON.stringify(changesBody(changes)),
      ...(ifGeneration !== undefined && { headers: { 'if-match': `"${ifGeneration}"` } }),
      signal,
      repeat: 'if not done',
    })
    return answer.body
  }

  /** Fires nothing until it is resumed. */
  pause(schedule: ScheduleRef, { reason, signal }: CallOptions & { readonly reason?: string } = {}): Promise<Schedule> {
    return this.#post(schedule, 'pause', { reason }, signal)
  }

  /** Goes on with the next occurrence: those of the pause are left out. */
  resume(schedule: ScheduleRef, { signal }: CallOptions = {}): Promise<Schedule> {
    return this.#post(schedule, 'resume', {}, signal)
  }

  /** Makes one more task now, also of a schedule that is paused. The Idempotency-Key makes repeats harmless. */
  async trigger<Output = unknown>(
    schedule: ScheduleRef,
    { idempotencyKey = newIdempotencyKey(), signal }: CallOptions & { readonly idempotencyKey?: string } = {},
  ): Promise<TaskHandle<Output>> {
    const { headers, body } = await this.#transport.send<TaskSummary>({
      method: 'POST',
      path: `${schedulePath(schedule)}/trigger`,
      headers: { 'idempotency-key': keyHeader(checkKey(idempotencyKey)) },
      signal,
    })
    return { id: body.id, state: body.state, replayed: headers.get('idempotency-replayed') === 'true' }
  }

  /**
   * Removes a schedule; the tasks that it has made stay.
   * @returns what it was; undefined when an earlier try of this call had removed it, whose answer was lost
   */
  async remove(schedule: ScheduleRef, { signal }: CallOptions = {}): Promise<Schedule | undefined> {
    try {
      return (await this.#transport.send<Schedule>({ method: 'DELETE', path: schedulePath(schedule), signal })).body
    } catch (error) {
      if (error instanceof NotFoundError && error.outcomeUnknown) return undefined
      throw error
    }
  }

  /** What became of its occurrences, the latest first; kept for 30 days. */
  occurrences(schedule: ScheduleRef, options: ListOptions = {}): Listing<Occurrence> {
    return listOf(this.#transport, `${schedulePath(schedule)}/occurrences`, pageQuery(options), options.signal)
  }

  /** Its next occurrences by its rule alone, as many as are asked for or there are. */
  async upcoming(
    schedule: ScheduleRef,
    { count = 5, signal }: CallOptions & { readonly count?: number } = {},
  ): Promise<readonly string[]> {
    const path = `${schedulePath(schedule)}/occurrences`
    const times: string[] = []
    let cursor: string | undefined
    while (times.length < count) {
      const limit = Math.min(count - times.length, MOST_ITEMS)
      const query = new URLSearchParams({
        when: 'future',
        limit: String(limit),
        ...(cursor !== undefined && { cursor }),
      })
      const { body } = await this.#transport.send<Page<Occurrence>>({ method: 'GET', path, query, signal })
      times.push(...body.items.map(({ scheduledFor }) => scheduledFor))
      cursor = body.nextCursor
      if (cursor === undefined) break
    }
    return times
  }

  /** Makes the tasks of occurrences that are past, up to 1,000 at a time. A repeat finds what was made. */
  backfill(schedule: ScheduleRef, { from, to, dryRun, signal }: BackfillOptions): Promise<Backfill> {
    return this.#post(schedule, 'backfill', { from: instantText(from), to: instantText(to), dryRun }, signal)
  }

  async #post<Body>(
    schedule: ScheduleRef,
    verb: string,
    content: object,
    signal: AbortSignal | undefined,
  ): Promise<Body> {
    const path = `${schedulePath(schedule)}/${verb}`
    return (await this.#transport.send<Body>({ method: 'POST', path, body: JSON.stringify(content), signal })).body
  }
}
