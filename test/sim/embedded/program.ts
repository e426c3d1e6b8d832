import type { Registry } from '../../../shared/core/definition.ts'
import { expire } from '../../../shared/core/transitions.ts'
import type { AttemptPorts } from '../../../shared/engine/attempt-ports.ts'
import { createEngine } from '../../../shared/engine/create-engine.ts'
import type { Engine } from '../../../shared/engine/engine.ts'
import type { Environment } from '../../../shared/engine/environment.ts'
import type { EngineEvent } from '../../../shared/engine/events.ts'
import { handleHint } from '../../../shared/engine/handle-hint.ts'
import { createRunningAttempts } from '../../../shared/engine/running-attempts.ts'
import type { SqliteBackend } from '../../../shared/sqlite/backend.ts'
import { createLocalGate, type LocalGate } from '../../../shared/worker/gate.ts'
import { createPoller } from '../../../shared/worker/poller.ts'
import { createLocalRunner } from '../../../shared/worker/run-here.ts'
import type { SimProcess } from '../process.ts'

export interface EmbeddedPatch {
  readonly backend?: (backend: SqliteBackend) => SqliteBackend
  readonly gate?: (gate: LocalGate) => LocalGate
}

export interface EmbeddedParts {
  readonly process: SimProcess
  readonly backend: SqliteBackend
  readonly registry: Registry
  readonly patch: EmbeddedPatch
}

export interface Program {
  readonly engine: Engine
  /** As at SIGTERM: takes no more, and gives back what does not end in time. */
  stop(graceMs: number): Promise<void>
}

const CONCURRENCY = 8
/** Once a second in the server itself: each would be an event of the simulation. */
const UPKEEP_MS = 20_000
const RETENTION_MS = 7 * 86_400_000

/** The real parts, put together as the embedded runtime does it. */
export async function startProgram({ process, backend: stored, registry, patch }: EmbeddedParts): Promise<Program> {
  const { clock, entropy } = process
  const backend = patch.backend?.(stored) ?? stored
  const known = createLocalGate(await backend.dispatch.read())
  const gate = patch.gate?.(known) ?? known
  const running = createRunningAttempts()

  function emit(event: EngineEvent): void {
    if (gate.apply(event)) backend.lanes.refresh()
    else if (event.type === 'task.cancelRequested' || event.type === 'task.canceled') running.cancel(event.row.id)
  }

  const environment: Environment = { backend, registry, clock, entropy, emit }
  const poller = createPoller({
    source: backend.lanes,
    gate,
    clock,
    concurrency: CONCURRENCY,
    handle: hint => handleHint(hint, ports),
    failed: () => {},
  })
  const runner = poller.slotted(createLocalRunner(registry, clock))
  const ports: AttemptPorts = { ...environment, gate: () => gate.current(clock.now()), runner, running }

  async function expireSome(): Promise<void> {
    const now = clock.now()
    for (const row of await backend.purge.step(now, RETENTION_MS)) await backend.tasks.commit(expire(row, now))
  }

  function upkeep(): void {
    const next = () => void clock.after(UPKEEP_MS, upkeep)
    expireSome().then(next, next)
  }

  poller.start()
  clock.after(UPKEEP_MS, upkeep)
  return {
    engine: createEngine(environment),
    async stop(graceMs) {
      const cancelGrace = clock.after(graceMs, () => running.stop())
      await poller.stop()
      cancelGrace()
    },
  }
}
