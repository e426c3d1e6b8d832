import type { EngineEvent } from '../engine/events.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

export interface Logger {
  log(level: Exclude<LogLevel, 'silent'>, message: string, fields?: Readonly<Record<string, unknown>>): void
  /** Subscribes to the engine. */
  event(event: EngineEvent): void
}

/** One JSON object a line, on standard error: no payloads, no results, no secrets (SEC-45). */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void = line => void process.stderr.write(line),
): Logger {
  const threshold = logLevels.indexOf(level)
  const log: Logger['log'] = (at, message, fields) => {
    if (logLevels.indexOf(at) < threshold) return
    write(`${JSON.stringify({ time: new Date().toISOString(), level: at, message, ...fields })}\n`)
  }
  return {
    log,
    event(event) {
      // The happy path of every task: most servers do not print it.
      if (threshold > DEBUG && isRoutine(event)) return
      const [at, fields] = describe(event)
      log(at, event.type, fields)
    },
  }
}

const DEBUG = logLevels.indexOf('debug')

function isRoutine(event: EngineEvent): boolean {
  return (
    event.type === 'task.submitted' ||
    event.type === 'attempt.started' ||
    (event.type === 'schedule.fired' && event.fires.every(({ taskId }) => taskId !== undefined)) ||
    (event.type === 'attempt.ended' && event.row.state !== 'DEAD')
  )
}

type Described = readonly [Exclude<LogLevel, 'silent'>, Readonly<Record<string, unknown>>]

function describe(event: EngineEvent): Described {
  switch (event.type) {
    case 'task.submitted':
      return ['debug', { ...about(event.row), replayed: event.replayed }]
    case 'attempt.started':
      return ['debug', { ...about(event.row), lateMs: event.lateMs }]
    case 'attempt.ended': {
      const { row, outcome, tookMs } = event
      // Not its message: handlers quote their payload in it (SEC-45).
      const error = 'error' in outcome ? { error: outcome.error.name, fingerprint: outcome.error.fingerprint } : {}
      return [row.state === 'DEAD' ? 'warn' : 'debug', { ...about(row), outcome: outcome.kind, tookMs, ...error }]
    }
    case 'attempt.stale':
      return ['warn', { ...about(event.row), outcome: event.outcome.kind }]
    case 'task.buried':
      return ['warn', about(event.row)]
    case 'task.canceled':
    case 'task.cancelRequested':
    case 'task.edited':
    case 'task.requeued':
    case 'task.expired':
      return ['info', { ...about(event.row), by: event.by }]
    case 'hint.unknownTask':
    case 'hint.unknownName':
      return ['warn', { task: event.hint.task, name: event.hint.name }]
    case 'heartbeat.failed':
    case 'report.failed':
    case 'settle.failed':
      return ['warn', { task: event.task, error: message(event.error) }]
    case 'dispatch.paused':
      return ['info', { selector: event.pause.selector, reason: event.pause.reason, by: event.pause.actor }]
    case 'dispatch.resumed':
      return ['info', { selector: event.selector, by: event.by }]
    case 'schedule.fired': {
      const { schedule, fires } = event
      const left = fires.filter(({ taskId }) => taskId === undefined)
      const lateMs = Math.max(...fires.map(({ firedAt, scheduledFor }) => firedAt - scheduledFor))
      const fields = { schedule: schedule.id, tasks: fires.length - left.length, lateMs }
      return left.length === 0
        ? ['debug', fields]
        : ['info', { ...fields, leftOut: left.map(({ outcome }) => outcome) }]
    }
    case 'schedule.failed':
      return ['warn', { schedule: event.schedule, error: message(event.error) }]
    case 'store.failed':
      return ['error', { error: message(event.error) }]
  }
}

function about(row: {
  id: string
  name: string
  state: string
  run: number
  attempt: number
  traceparent?: string
}): Record<string, unknown> {
  const { id, name, state, run, attempt, traceparent } = row
  return { task: id, name, state, run, attempt, ...(traceparent !== undefined && { traceparent }) }
}

/** What a log may say of anything that was thrown. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
