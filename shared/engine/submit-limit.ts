import type { Actor } from '../core/actor.ts'
import { type PulseError, tooSoon } from '../core/errors.ts'
import type { LimitRule } from '../core/rate-limit.ts'
import type { Environment } from './environment.ts'
import type { Origin, SubmitRequest, Submitted } from './requests.ts'
import { submitTask, submittedId } from './submit.ts'

/**
 * Submits a task if its owner may submit another one of this name. A repeat of an earlier submit costs nothing, also when nothing is
 * left; neither does what is refused. What handlers enqueue is not limited.
 * @throws PulseError `rate_limited`, and as `submitTask`
 */
export async function submitWithinLimit(
  on: Environment,
  actor: Actor,
  request: SubmitRequest,
  key?: string | Origin,
): Promise<Submitted> {
  const limit = submitLimit(on, actor.owner, request.name)
  if (!limit) return submitTask(on, actor, request, key)
  // Looked for first: a repeat must not take even for a moment what somebody else's submit needs.
  if (await isRepeat(on, actor, key)) return submitTask(on, actor, request, key)
  const refusal = await limit.take()
  if (refusal) throw refusal
  let counts = false
  try {
    const submitted = await submitTask(on, actor, request, key)
    counts = !submitted.replayed
    return submitted
  } finally {
    if (!counts) await limit.giveBack(1)
  }
}

/** How many tasks of a name an owner may submit, as far as anything is said of that. */
export interface SubmitLimit {
  /** Room for one more. @returns why there is none */
  take(): Promise<PulseError | undefined>
  giveBack(count: number): Promise<void>
}

export function submitLimit(on: Environment, owner: string, name: string): SubmitLimit | undefined {
  const rule = on.registry.get(name)?.submitLimit
  if (!rule) return undefined
  const { limits } = on.backend
  const bucket = `submit ${owner} ${name}`
  return {
    async take() {
      const { allowed, retryAfterMs } = await limits.take(bucket, rule, 1, on.clock.now())
      return allowed ? undefined : refused(name, rule, retryAfterMs)
    },
    giveBack: count => limits.giveBack(bucket, rule, count, on.clock.now()),
  }
}

async function isRepeat(on: Environment, actor: Actor, key: string | Origin | undefined): Promise<boolean> {
  const id = submittedId(actor, key)
  return id !== undefined && (await on.backend.tasks.read(id)) !== undefined
}

function refused(name: string, { limit, windowMs }: LimitRule, retryAfterMs: number): PulseError {
  const what = `at most ${limit} tasks named "${name}" may be submitted per ${windowMs / 1_000} s`
  return tooSoon(what, retryAfterMs, { policies: ['submit'] })
}
