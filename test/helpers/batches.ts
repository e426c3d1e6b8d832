import { onTestFinished } from 'vitest'
import type { Change } from '../../shared/core/change.ts'
import { type AnyTask, createRegistry, defineTask } from '../../shared/core/definition.ts'
import { type Gate, openGate } from '../../shared/core/dispatch.ts'
import type { AttemptPorts } from '../../shared/engine/attempt-ports.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { createBatchHandler } from '../../shared/worker/batch.ts'
import { createLocalRunner } from '../../shared/worker/run-here.ts'
import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import { createTestEntropy, gateway } from './engine.ts'
import { openStore, type TestStore } from './engine-workers.ts'
import { createMessageQueue, type MessageQueue } from './message-queue.ts'

export interface Reported {
  readonly what: 'malformed' | 'notKept' | 'abandoned'
  readonly messageId: string
  readonly why?: string
}

export interface BatchWorker {
  /** Works on a batch as a function does, and has the queue hear of the answer. @returns ids of what must come back */
  run(records: readonly HintRecord[], remainingMs?: number): Promise<readonly string[]>
  /** What it was about to do does not happen. */
  kill(): void
}

export interface Batches {
  readonly store: TestStore
  readonly queue: MessageQueue
  readonly events: readonly EngineEvent[]
  readonly reports: readonly Reported[]
  worker(tasks?: Iterable<AnyTask>, gate?: () => Gate | Promise<Gate>): BatchWorker
  /** Submits so many tasks and sends their hints. */
  submit(count?: number): Promise<readonly { readonly id: string; readonly name: string }[]>
}

/** A function's time limit. */
export const LIMIT_MS = 900_000

/** Workers that are handed batches of messages, on a store and a queue that they share. */
export function openBatches(tasks: readonly AnyTask[]): Batches {
  const store = openStore(tasks)
  const queue = createMessageQueue(store.clock)
  const events: EngineEvent[] = []
  const reports: Reported[] = []
  const entropy = createTestEntropy(store.clock)

  return {
    store,
    queue,
    events,
    reports,
    worker(own = tasks, gate = () => openGate) {
      let dead = false
      const never = new Promise<never>(() => {})
      const alive = async <T>(call: () => Promise<T>): Promise<T> => {
        if (dead) return never
        const answer = await call()
        return dead ? never : answer
      }
      const registry = createRegistry(own)
      const clock = {
        now: () => store.clock.now(),
        after: (delayMs: number, action: () => void) => store.clock.after(delayMs, () => (dead ? undefined : action())),
      }
      const ports: Omit<AttemptPorts, 'running'> = {
        backend: withMessages(store.backend, queue, alive),
        registry,
        clock,
        entropy,
        emit: event => void (dead || events.push(event)),
        gate,
        runner: createLocalRunner(registry, clock),
      }
      const report =
        (what: Reported['what']) =>
        (messageId: string, why?: string): void =>
          void reports.push({ what, messageId, ...(why !== undefined && { why }) })
      const handle = createBatchHandler({
        ports,
        messages: {
          hide: (messages, seconds) => alive(() => queue.hide(messages, seconds)),
          delete: message => alive(() => queue.delete(message)),
        },
        report: { malformed: report('malformed'), notKept: report('notKept'), abandoned: report('abandoned') },
      })
      const kill = () => {
        dead = true
      }
      onTestFinished(kill)
      return {
        async run(records, remainingMs = LIMIT_MS) {
          const failed = await handle(records, remainingMs)
          queue.answer(records, failed)
          return failed
        },
        kill,
      }
    },
    async submit(count = 1) {
      const rows = await Promise.all(Array.from({ length: count }, () => store.submit()))
      for (const row of rows) queue.send(row)
      return rows
    },
  }
}

export const plain = defineTask({ name: 'plain', run: () => 'done' })

/** A task that ends when the test says so, and others that end at once. */
export function waiting() {
  const release = gateway<string>()
  const reasons: string[] = []
  const task = defineTask({
    name: 'waiting',
    timeout: '14m',
    run: (_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason.why))
      return release.promise
    },
  })
  return { ...openBatches([task, plain]), release, reasons }
}

/** A store whose hints travel as messages, as on AWS: sent after the write that asks for them. */
function withMessages(
  backend: Backend,
  queue: MessageQueue,
  alive: <T>(call: () => Promise<T>) => Promise<T>,
): Backend {
  return {
    ...backend,
    tasks: {
      ...backend.tasks,
      commit: (change: Change) =>
        alive(async () => {
          const committed = await backend.tasks.commit(change)
          if (committed.ok && change.hintAt !== undefined) queue.send(committed.row, change.hintAt)
          return committed
        }),
    },
    hints: {
      send: (row, at) =>
        alive(async () => {
          await backend.hints.send(row, at)
          queue.send(row, at)
        }),
    },
  }
}
