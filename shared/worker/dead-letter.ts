import type { Gate } from '../core/dispatch.ts'
import type { Hint, Instant, TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { readHint } from '../ports/hint-message.ts'
import type { TaskStore } from '../ports/task-store.ts'
import type { BatchHandler, HintRecord } from './sqs-event.ts'

export interface DeadLetterOptions {
  readonly tasks: Pick<TaskStore, 'read'>
  readonly hints: {
    /** @param rounds number that the message carries along */
    sendAgain(row: TaskRow, at: Instant, rounds: number): Promise<void>
  }
  readonly gate: () => Gate | Promise<Gate>
  /** Puts a message aside for a person. */
  readonly quarantine: (message: HintRecord & { readonly why: string }) => Promise<void>
  readonly clock: Clock
  readonly report: DeadLetterReport
}

export interface DeadLetterReport {
  sentAgain(hint: Hint, rounds: number): void
  unknownTask(hint: Hint): void
  quarantined(messageId: string, why: string): void
  failed(messageId: string, error: unknown): void
}

/** Long enough for a deployment to be repaired, and the longest delay of a message. */
const AGAIN_MS = 15 * 60_000
/** After so many a message is put aside: a deployment that is broken for good must not go in circles for money (H53). */
const MAX_ROUNDS = 4
/** Nothing is begun with less time than this. */
const START_MS = 10_000

/**
 * Judges hints that no worker could process. That a message was received often says nothing about its task: a throttled poller raises
 * that count as well (H53). So a task never dies of it: the row decides, and what it still needs is a hint.
 */
export function createDeadLetterHandler(options: DeadLetterOptions): BatchHandler {
  const { tasks, hints, quarantine, clock, report } = options

  return async (records, remainingMs) => {
    if (remainingMs < START_MS) return records.map(({ messageId }) => messageId)
    const failed = await Promise.all(records.map(consume))
    return records.flatMap(({ messageId }, index) => (failed[index] === false ? [] : messageId))
  }

  /** One that fails, fails alone, and comes back. @returns whether it has */
  async function consume(record: HintRecord): Promise<boolean> {
    try {
      const hint = readHint(record.body, record.messageId)
      if ('why' in hint) await putAside(record, hint.why)
      else await judge(record, hint)
      return false
    } catch (error) {
      report.failed(record.messageId, error)
      return true
    }
  }

  async function judge(record: HintRecord, hint: Hint): Promise<void> {
    const row = await tasks.read(hint.task)
    if (!row) return report.unknownTask(hint)
    // It has ended since, perhaps long ago: also what an operator sends back from anywhere is harmless (H56).
    if (row.wakeAt === undefined) return
    const paused = holdsBack(await options.gate(), row)
    if (record.rounds >= MAX_ROUNDS && !paused)
      return putAside(record, `after ${MAX_ROUNDS} rounds no worker could process it`)
    // Being received while dispatch is paused is nobody's failure (H67).
    const rounds = record.rounds + (paused ? 0 : 1)
    await hints.sendAgain(row, Math.max(clock.now() + AGAIN_MS, row.wakeAt), rounds)
    report.sentAgain(hint, rounds)
  }

  async function putAside(record: HintRecord, why: string): Promise<void> {
    await quarantine({ ...record, why })
    report.quarantined(record.messageId, why)
  }
}

function holdsBack({ all, priorities, names }: Gate, row: TaskRow): boolean {
  return all || priorities.includes(row.priority) || names.has(row.name)
}
