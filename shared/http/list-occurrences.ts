import type { Call, SchedulePorts, Verb } from './call.ts'
import type { HttpResult } from './event.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { presentFire } from './present-schedule.ts'
import { time } from './present-task.ts'
import type { Routes } from './routes.ts'

type OccurrencesCall = Call<Routes['listOccurrences']>

export const listOccurrences: Verb<Routes['listOccurrences']> = (call, on) =>
  call.query.when === 'future' ? future(call, on) : past(call, on)

async function past(call: OccurrencesCall, on: SchedulePorts): Promise<HttpResult> {
  const { actor, id, query } = call
  const scope = listScope('occurrences', actor, { id })
  const { fires, next } = await on.schedules.fires(actor, id, placeOf(query, scope, on))
  return pageResult(call, fires.map(presentFire), next, scope, on)
}

/** A place is a time. */
async function future(call: OccurrencesCall, on: SchedulePorts): Promise<HttpResult> {
  const { actor, id, query } = call
  const scope = listScope('upcoming', actor, { id })
  const { limit, after } = placeOf(query, scope, on)
  const times = await on.schedules.upcoming(actor, id, {
    limit: limit + 1,
    ...(after !== undefined && { after: Number(after) }),
  })
  const shown = times.slice(0, limit)
  const next = times.length > limit ? String(shown.at(-1)) : undefined
  return pageResult(
    call,
    shown.map(at => ({ scheduledFor: time(at) })),
    next,
    scope,
    on,
  )
}
