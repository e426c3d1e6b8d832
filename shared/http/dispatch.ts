import { type Pause, selectorKey } from '../core/dispatch.ts'
import { json, type Verb } from './call.ts'
import type { HttpResult } from './event.ts'
import { selectorOf } from './ops-schemas.ts'
import { optionalTime, time } from './present-task.ts'
import type { Routes } from './routes.ts'

export const pauseDispatch: Verb<Routes['pauseDispatch']> = async ({ actor, body, note }, on) => {
  note({ target: selectorKey(selectorOf(body)), reason: body.reason })
  return dispatchResult(await on.engine.pause(actor, selectorOf(body), body.reason, body.for))
}

export const resumeDispatch: Verb<Routes['resumeDispatch']> = async ({ actor, body, note }, on) => {
  note({ target: selectorKey(selectorOf(body)) })
  return dispatchResult(await on.engine.resume(actor, selectorOf(body)))
}

export const getDispatch: Verb<Routes['getDispatch']> = async ({ actor }, on) =>
  dispatchResult(await on.engine.dispatch(actor))

function dispatchResult(pauses: readonly Pause[]): HttpResult {
  return json(
    200,
    JSON.stringify({
      paused: pauses.some(({ selector }) => selector.kind === 'all'),
      pauses: pauses.map(presentPause),
    }),
  )
}

export function presentPause({ selector, reason, actor, since, until }: Pause) {
  return {
    ...(selector.kind === 'priority' && { priority: selector.priority }),
    ...(selector.kind === 'name' && { name: selector.name }),
    reason,
    by: actor,
    since: time(since),
    until: optionalTime(until),
  }
}
