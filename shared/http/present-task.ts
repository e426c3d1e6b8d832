import { type ShownState, shownState } from '../core/shown-state.ts'
import type { HistoryEntry, Instant, TaskRow } from '../core/task.ts'
import { SKEW_MS } from '../core/transitions.ts'
import type { LoadedTask } from '../engine/requests.ts'
import type { ListedRow } from '../ports/task-store.ts'
import { calledPath, type HttpEvent } from './event.ts'

export function time(at: Instant): string {
  if (at !== latest) [latest, latestText] = [at, new Date(at).toISOString()]
  return latestText
}

/** Neighbouring answers mostly tell the same millisecond, and writing it costs as much as a whole small answer. */
let latest = 0
let latestText = '1970-01-01T00:00:00.000Z'

export function optionalTime(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : time(at)
}

/** What a list shows of a task. Every field is named here, so that a new field of the row is not published by accident (SEC-19). */
export function presentSummary(row: ListedRow, now: Instant) {
  const running = row.state === 'RUNNING'
  return {
    id: row.id,
    name: row.name,
    state: shownState(row, now) as ShownState,
    priority: row.priority,
    run: row.run,
    attempt: row.attempt,
    attemptsLeft: row.attemptsLeft,
    maxAttempts: row.maxAttempts,
    createdAt: time(row.createdAt),
    runAt: time(row.runAt),
    startedAt: optionalTime(row.startedAt),
    finishedAt: optionalTime(row.finishedAt),
    expiresAt: optionalTime(row.expiresAt),
    // The row wakes a little after the lease that its holder sees.
    leaseEndsAt: running && row.wakeAt !== undefined ? time(row.wakeAt - SKEW_MS) : undefined,
    cancelRequested: row.cancelRequestedAt !== undefined,
    title: row.title,
    description: row.description,
    tags: row.tags,
    scheduleId: row.scheduleId,
    scheduledFor: optionalTime(row.scheduledFor),
    progress: row.progress && { percent: row.progress.percent, message: row.progress.message },
    lastError: row.lastError && presentError(row.lastError),
    backoff: row.policy?.backoff,
    timeout: row.policy?.timeoutMs === undefined ? undefined : `PT${row.policy.timeoutMs / 1_000}S`,
    version: row.version,
  }
}

function presentError({ name, message, stack, code, fingerprint }: NonNullable<TaskRow['lastError']>) {
  return { name, message, stack, code, fingerprint }
}

export function presentHistory(history: readonly HistoryEntry[]) {
  return history.map(({ at, to, attempt, why, by, folded }) => ({
    at: time(at),
    state: to,
    attempt,
    reason: why,
    by,
    folded,
  }))
}

/** The JSON text of a whole task. Payload and result are JSON texts already and are put in as they are. */
export function taskJson({ row, payload, result }: LoadedTask, now: Instant): string {
  const text = JSON.stringify({ ...presentSummary(row, now), history: presentHistory(row.history) })
  const payloadPart = payload === undefined ? '' : `,"payload":${payload}`
  const resultPart = result === undefined ? '' : `,"result":${result}`
  return `${text.slice(0, -1)}${payloadPart}${resultPart}}`
}

/** The short answer to a submit. */
export function presentSubmitted(row: TaskRow, now: Instant) {
  return {
    id: row.id,
    name: row.name,
    state: shownState(row, now),
    priority: row.priority,
    run: row.run,
    createdAt: time(row.createdAt),
    runAt: time(row.runAt),
  }
}

export function etag(row: TaskRow): string {
  return `"${row.version}"`
}

export function taskPath(event: HttpEvent, id: string): string {
  return calledPath(event, `/api/v1/tasks/${id}`)
}
