import { availableParallelism } from 'node:os'
import type { Registry } from '../core/definition.ts'
import type { Instant } from '../core/task.ts'
import { expire } from '../core/transitions.ts'
import type { AttemptPorts } from '../engine/attempt-ports.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Emit } from '../engine/events.ts'
import { handleHint } from '../engine/handle-hint.ts'
import { createRunningAttempts } from '../engine/running-attempts.ts'
import { isDisabled } from '../identity/user.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { HandlerRunner } from '../ports/handler-runner.ts'
import { createSchedules } from '../schedules/create-schedules.ts'
import type { ScheduleRequest } from '../schedules/schedule.ts'
import type { Schedules } from '../schedules/schedules.ts'
import { whenChanged } from '../schedules/when-changed.ts'
import { openSqliteBackend, type SqliteBackend } from '../sqlite/backend.ts'
import { createLocalGate } from '../worker/gate.ts'
import { createPoller } from '../worker/poller.ts'
import { createLocalRunner } from '../worker/run-here.ts'
import { createThreadRunner } from '../worker/run-in-threads.ts'
import { systemClock } from './clock.ts'
import { createEntropy } from './entropy.ts'
import { createScheduleClock } from './schedule-clock.ts'

export interface EmbeddedOptions {
  readonly registry: Registry
  /** Declared beside the tasks. */
  readonly schedules?: readonly ScheduleRequest[]
  /** Folder of the data file, or `:memory:`. */
  readonly folder: string
  /** Handlers that may run at a time; 10 per core by default. */
  readonly concurrency?: number
  /** Runs handlers in threads of their own, one attempt in each; `tasks` is the file URL of the module that exports them. */
  readonly threads?: { readonly count: number; readonly tasks: string }
  /** How long ended tasks are kept; 7 days by default, at least one, so that a late repeat of a submit is still known (P8). */
  readonly retentionMs?: number
  readonly emit?: Emit
  /** The data file can no longer be trusted; the process must end. */
  readonly failed?: (error: unknown) => void
  readonly clock?: Clock
  readonly entropy?: Entropy
}

export interface Embedded {
  readonly engine: Engine
  readonly schedules: Schedules
  readonly backend: SqliteBackend
  /** Starts taking work. */
  start(): void
  /** Takes no more work, gives running attempts `graceMs` to finish, and gives back what has not. */
  drain(graceMs: number): Promise<void>
  /** Closes the file. */
  close(): Promise<void>
}

const DAY_MS = 86_400_000
const TICK_MS = 1_000

/**
 * The whole queue in this process, on one SQLite file.
 * @throws OpenRefused
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const clock = options.clock ?? systemClock
  const now = () => clock.now()
  const subscribers: Emit[] = options.emit ? [options.emit] : []
  const emit: Emit = event => {
    for (const subscriber of subscribers) subscriber(event)
  }
  const backend = openSqliteBackend({
    folder: options.folder,
    names: [...options.registry.keys()],
    failed(error) {
      emit({ type: 'store.failed', error })
      options.failed?.(error)
    },
  })
  const gate = createLocalGate(await backend.dispatch.read())
  const environment: Environment = {
    backend,
    registry: options.registry,
    clock,
    entropy: options.entropy ?? createEntropy(now),
    emit,
  }
  const runner = createRunner(options, clock)
  const running = createRunningAttempts()
  const poller = createPoller({
    source: backend.lanes,
    gate,
    clock,
    concurrency: concurrency(options),
    handle: hint => handleHint(hint, ports),
    failed: error => emit({ type: 'store.failed', error }),
  })
  const ports: AttemptPorts = {
    ...environment,
    gate: () => gate.current(now()),
    runner: poller.slotted(runner),
    running,
  }
  subscribers.push(event => {
    if (gate.apply(event)) backend.lanes.refresh()
    else if (event.type === 'task.cancelRequested' || event.type === 'task.canceled') running.cancel(event.row.id)
  })
  const schedules = createSchedules({
    ...environment,
    timers: undefined,
    lookaheadMs: 0,
    isDisabled: owner => isDisabled(backend.records, owner),
  })
  const scheduleClock = createScheduleClock({
    schedules,
    clock,
    failed: error => emit({ type: 'store.failed', error }),
  })
  await schedules.declare(options.schedules ?? [])
  const upkeep = startUpkeep(environment, backend, Math.max(options.retentionMs ?? 7 * DAY_MS, DAY_MS))

  return {
    engine: createEngine(environment),
    schedules: whenChanged(schedules, scheduleClock.poke),
    backend,
    start() {
      scheduleClock.start()
      poller.start()
    },
    async drain(graceMs) {
      const cancelGrace = clock.after(graceMs, () => running.stop())
      await Promise.all([scheduleClock.stop(), poller.stop()])
      cancelGrace()
    },
    async close() {
      await Promise.all([scheduleClock.stop(), upkeep.end()])
      await runner.close()
      backend.close()
    },
  }
}

function concurrency({ concurrency, threads }: EmbeddedOptions): number {
  return threads ? threads.count : (concurrency ?? 10 * availableParallelism())
}

function createRunner({ registry, threads }: EmbeddedOptions, clock: Clock): HandlerRunner {
  return threads ? createThreadRunner(threads.tasks, threads.count, clock) : createLocalRunner(registry, clock)
}

/** What nobody asks for: the mark beside the file, ends of expired tasks, removal of what is old. */
function startUpkeep(on: Environment, backend: SqliteBackend, retentionMs: number): { end(): Promise<void> } {
  let ended = false
  let working: Promise<void> = Promise.resolve()
  let cancelTimer = schedule()

  function schedule(): () => void {
    return on.clock.after(TICK_MS, () => {
      working = tick(on.clock.now()).catch(error => on.emit({ type: 'store.failed', error }))
      void working.then(() => {
        if (!ended) cancelTimer = schedule()
      })
    })
  }

  async function tick(now: Instant): Promise<void> {
    // First what frees space: on a full disk the mark cannot be written.
    for (const row of await backend.purge.step(now, retentionMs)) {
      const committed = await backend.tasks.commit(expire(row, now))
      if (committed.ok) on.emit({ type: 'task.expired', row: committed.row, by: 'expiry' })
    }
    await backend.expiry.step(now)
    backend.mark()
  }

  return {
    async end() {
      ended = true
      cancelTimer()
      await working
    },
  }
}
