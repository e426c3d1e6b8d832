import { onTestFinished } from 'vitest'
import { type Actor, localActor } from '../../shared/core/actor.ts'
import { type AnyTask, createRegistry } from '../../shared/core/definition.ts'
import type { TaskRow, TaskState } from '../../shared/core/task.ts'
import { encodeTime } from '../../shared/core/task-id.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import type { SubmitRequest } from '../../shared/engine/requests.ts'
import type { Clock, Entropy } from '../../shared/ports/clock.ts'
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../../shared/runtime/embedded.ts'
import { createManualClock, type ManualClock } from './clock.ts'

export const alice: Actor = { owner: 'alice', by: 'alice@laptop', role: 'viewer' }
export const bob: Actor = { owner: 'bob', by: 'bob@phone', role: 'viewer' }
export const admin: Actor = { owner: 'admin', by: 'admin@desk', role: 'admin' }

/** Chance without chance: ids and tokens count, and jitter takes the middle. */
export function createTestEntropy(clock: Clock, random = 0.5): Entropy {
  let made = 0
  const next = () => String(++made).padStart(16, '0')
  return { id: () => encodeTime(clock.now()) + next(), token: () => `token-${next()}`, random: () => random }
}

export interface TestQueue extends Embedded {
  readonly clock: ManualClock
  readonly events: readonly EngineEvent[]
  /** Submits as the person at a loopback address. */
  submit(request?: Partial<SubmitRequest>, key?: string): Promise<TaskRow>
  row(id: string): Promise<TaskRow>
  /** The attempts that were started, as events tell: the numbers of each task's. */
  starts(id: string): readonly number[]
}

export interface TestQueueOptions extends Partial<Omit<EmbeddedOptions, 'clock'>> {
  readonly clock?: ManualClock
  /** Whether it takes work from the beginning; it does unless told otherwise. */
  readonly running?: boolean
}

/** The whole queue, as embedded mode composes it, on a clock that the test moves. */
export async function openQueue(tasks: Iterable<AnyTask>, options: TestQueueOptions = {}): Promise<TestQueue> {
  const { running = true, clock = createManualClock(), ...rest } = options
  const events: EngineEvent[] = []
  const registry = createRegistry(tasks)
  const embedded = await openEmbedded({
    folder: ':memory:',
    concurrency: 20,
    entropy: createTestEntropy(clock),
    ...rest,
    registry,
    clock,
    emit: event => void events.push(event),
  })
  let open = true
  const close = async () => {
    if (!open) return
    open = false
    const drained = embedded.drain(0)
    // Handlers that do not heed their signal are given up after a grace period.
    await clock.advance(5_000)
    await drained
    await embedded.close()
  }
  onTestFinished(close)
  if (running) embedded.start()

  const [first] = registry.keys()
  return {
    ...embedded,
    close,
    clock,
    events,
    submit: async (request = {}, key) =>
      (await embedded.engine.submit(localActor, { name: first ?? 'default', ...request }, key)).row,
    async row(id) {
      const row = await embedded.backend.tasks.read(id)
      if (!row) throw new Error(`there is no task ${id}`)
      return row
    },
    starts: id =>
      events.flatMap(event => (event.type === 'attempt.started' && event.row.id === id ? event.row.attempt : [])),
  }
}

/** The states that a task went through. */
export function path(row: TaskRow): TaskState[] {
  return row.history.map(({ to }) => to)
}

/** A promise to be settled from outside, for handlers that wait for their test. */
export interface Gateway<T> {
  readonly promise: Promise<T>
  open(value: T): void
  fail(error: unknown): void
}

export function gateway<T = void>(): Gateway<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { promise, open: resolve, fail: reject }
}

/** The refusal of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>) {
  try {
    await call
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'errors' in error && 'extra' in error) {
      const { code, message, errors, extra } = error
      return { code, message, errors, extra }
    }
    throw error
  }
  throw new Error('the call was not refused')
}
