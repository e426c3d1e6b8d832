import { createHash } from 'node:crypto'
import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { Environment } from '../engine/environment.ts'
import type { Origin, SubmitRequest, Submitted } from '../engine/requests.ts'
import type { submitTask } from '../engine/submit.ts'
import type { Schedule } from './schedule.ts'

/**
 * Makes the task of an occurrence, or finds it made.
 * @param runAt when it may run, which is now when that is past
 * @param submit whether limits are asked
 * @throws PulseError when it is refused; StoreUnavailable
 */
export function makeTask(
  on: Environment,
  { id, owner, task }: Schedule,
  origin: Omit<Origin, 'scheduleId'>,
  runAt: Instant,
  submit: typeof submitTask,
): Promise<Submitted> {
  const actor: Actor = { owner, by: id, role: 'viewer' }
  const { expiresInMs, ...fields } = task
  const starts = Math.max(runAt, on.clock.now())
  const request: SubmitRequest = {
    ...fields,
    runAt: starts,
    ...(expiresInMs !== undefined && { expiresAt: starts + expiresInMs }),
  }
  return submit(on, actor, request, { ...origin, scheduleId: id })
}

/** The occurrence and a part of the jitter, always the same one, so that it is told before and made again alike. */
export function jittered({ id, since, jitterMs }: Schedule, scheduledFor: Instant): Instant {
  if (!jitterMs) return scheduledFor
  const chance = createHash('sha256').update(`${id}:${since}:${scheduledFor}`).digest().readUInt32BE(8) / 2 ** 32
  return scheduledFor + Math.floor(chance * (jitterMs + 1))
}

/** Why a task was refused; undefined for what may succeed later. */
export function refusal(error: unknown): string | undefined {
  if (!(error instanceof PulseError) || error.code === 'unavailable') return undefined
  return error.message.slice(0, 500)
}
