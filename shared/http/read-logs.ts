import type { Verb } from './call.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { time } from './present-task.ts'
import type { Routes } from './routes.ts'

export const readLogs: Verb<Routes['readLogs']> = async (call, on) => {
  const { actor, id, query } = call
  const scope = listScope('logs', actor, { id })
  const { limit, after } = placeOf(query, scope, on)
  const { lines, next } = await on.engine.logs(actor, id, limit, after)
  const items = lines.map(({ at, run, attempt, level, message, fields }) => ({
    at: time(at),
    run,
    attempt,
    level,
    message,
    fields,
  }))
  return pageResult(call, items, next, scope, on)
}
