import { onTestFinished } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import type { Change, Committed } from '../../shared/core/change.ts'
import { type AnyTask, createRegistry } from '../../shared/core/definition.ts'
import { type Gate, openGate } from '../../shared/core/dispatch.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { createEngine } from '../../shared/engine/create-engine.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { Environment } from '../../shared/engine/environment.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import { type Disposal, handleHint } from '../../shared/engine/handle-hint.ts'
import type { SubmitRequest } from '../../shared/engine/requests.ts'
import { createRunningAttempts } from '../../shared/engine/running-attempts.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createLocalRunner } from '../../shared/worker/run-here.ts'
import { openSqlite } from './backend-folder.ts'
import { createManualClock, type ManualClock, turns } from './clock.ts'
import { createTestEntropy } from './engine.ts'

type Matches = (change: Change) => boolean

/** What goes wrong between a worker and a store that itself works as ever. */
export interface Faults {
  /** The next such change is written, and its answer lost. */
  loseAnswer(matches: Matches): void
  /** The next such change is written, its answer lost, and the client below us sends it again: the second answer counts. */
  repeat(matches: Matches): void
  /** Calls of the store fail from now on, unwritten, until told otherwise. */
  down(down: boolean): void
  /** Just before the next such change is written, this happens. */
  before(matches: Matches, action: () => Promise<unknown>): void
  /** Hints that were sent, beside those that a commit sends. */
  readonly sent: { readonly task: string; readonly at: number }[]
}

export const isClaim: Matches = change =>
  change.expect !== 'absent' && 'leaseToken' in change.set && change.set.state === 'RUNNING'
export const isEnd: Matches = change => change.expect !== 'absent' && change.set.state !== undefined && !isClaim(change)
export const isHeartbeat: Matches = change => change.expect !== 'absent' && Object.keys(change.set).join() === 'wakeAt'
export const isSubmit: Matches = change => change.expect === 'absent'

function withFaults(backend: Backend): { backend: Backend; faults: Faults } {
  const pending: { matches: Matches; commit(change: Change): Promise<Committed> }[] = []
  const sent: { task: string; at: number }[] = []
  let down = false
  const real = backend.tasks.commit
  const outage = () => new StoreUnavailable('the test has cut the line')
  const reachable = async <T>(call: () => Promise<T>): Promise<T> => {
    if (down) throw outage()
    return call()
  }
  async function commit(change: Change): Promise<Committed> {
    if (down) throw outage()
    const index = pending.findIndex(({ matches }) => matches(change))
    const [fault] = index < 0 ? [] : pending.splice(index, 1)
    return fault ? fault.commit(change) : real(change)
  }
  return {
    backend: {
      ...backend,
      tasks: { ...backend.tasks, commit, read: id => reachable(() => backend.tasks.read(id)) },
      blobs: {
        ...backend.blobs,
        put: (...put) => reachable(() => backend.blobs.put(...put)),
        get: (...get) => reachable(() => backend.blobs.get(...get)),
      },
      logs: { ...backend.logs, append: (...append) => reachable(() => backend.logs.append(...append)) },
      hints: {
        async send(row, at) {
          sent.push({ task: row.id, at })
          await backend.hints.send(row, at)
        },
      },
    },
    faults: {
      loseAnswer: matches =>
        void pending.push({
          matches,
          async commit(change) {
            await real(change)
            throw outage()
          },
        }),
      repeat: matches =>
        void pending.push({
          matches,
          async commit(change) {
            await real(change)
            return real(change)
          },
        }),
      before: (matches, action) =>
        void pending.push({
          matches,
          async commit(change) {
            await action()
            return real(change)
          },
        }),
      down(isDown) {
        down = isDown
      },
      sent,
    },
  }
}

/** One worker of several on the same store. */
export interface TestWorker {
  /** Handles a hint of the task, as its message arrives. */
  handle(task: Pick<TaskRow, 'id' | 'name'>): Promise<Disposal>
  /** Dies: its timers, its handlers and its calls come to nothing. */
  crash(): void
  /** Gives its attempts back. */
  stop(): void
}

export interface TestStore {
  readonly clock: ManualClock
  readonly backend: Backend
  readonly faults: Faults
  readonly engine: Engine
  readonly events: readonly EngineEvent[]
  worker(tasks: Iterable<AnyTask>, gate?: () => Gate | Promise<Gate>): TestWorker
  submit(request?: Partial<SubmitRequest>, key?: string): Promise<TaskRow>
  row(id: string): Promise<TaskRow>
  /** How often each type of event was emitted. */
  count(type: EngineEvent['type']): number
}

/** A store with faults, and the engine on it; workers are started by the test and take no hint but those it gives them. */
export function openStore(tasks: Iterable<AnyTask>): TestStore {
  const clock = createManualClock()
  const registry = createRegistry(tasks)
  const sqlite = openSqlite(':memory:', { names: [...registry.keys()] })
  const { backend, faults } = withFaults(sqlite)
  const events: EngineEvent[] = []
  const environment: Environment = {
    backend,
    registry,
    clock,
    entropy: createTestEntropy(clock),
    emit: event => void events.push(event),
  }
  const engine = createEngine(environment)
  const [first] = registry.keys()
  let messages = 0
  return {
    clock,
    backend,
    faults,
    engine,
    events,
    worker(handlers, gate = () => openGate) {
      const mortal = mortalParts(environment)
      const own = createRegistry(handlers)
      const running = createRunningAttempts()
      const ports = {
        ...environment,
        ...mortal.parts,
        registry: own,
        gate,
        runner: createLocalRunner(own, mortal.parts.clock),
        running,
      }
      onTestFinished(mortal.crash)
      return {
        handle: ({ id, name }) => handleHint({ task: id, name, messageId: `message-${++messages}` }, ports),
        crash: mortal.crash,
        stop: () => running.stop(),
      }
    },
    submit: async (request = {}, key) =>
      (await engine.submit(localActor, { name: first ?? 'default', ...request }, key)).row,
    async row(id) {
      await turns(4)
      const row = await sqlite.tasks.read(id)
      if (!row) throw new Error(`there is no task ${id}`)
      return row
    },
    count: type => events.filter(event => event.type === type).length,
  }
}

/** The parts of the world that a process loses when it dies. */
function mortalParts({ clock, backend }: Environment) {
  let dead = false
  const never = new Promise<never>(() => {})
  const alive = <T>(call: Promise<T>): Promise<T> => (dead ? never : call.then(answer => (dead ? never : answer)))
  return {
    crash() {
      dead = true
    },
    parts: {
      clock: {
        now: () => clock.now(),
        after: (delayMs: number, action: () => void) => clock.after(delayMs, () => (dead ? undefined : action())),
      } satisfies Clock,
      backend: {
        ...backend,
        tasks: { ...backend.tasks, commit: (change: Change) => (dead ? never : alive(backend.tasks.commit(change))) },
      } satisfies Backend,
    },
  }
}
