import type { Instant } from '../../../shared/core/task.ts'
import type { Fire } from '../../../shared/schedules/schedule.ts'
import type { Write } from '../tables.ts'
import type { World } from '../world.ts'
import { CLOCKS_MS } from './check-row.ts'
import type { Seen } from './checker.ts'
import type { Life } from './lives.ts'
import { WINDOW_MS } from './program.ts'
import type { Wrong } from './promises.ts'

/** Somebody who has seen that there is none goes by that for a few seconds, and others decide meanwhile. */
const LATELY_MS = 5_000

/** Whose submit limit was written; nobody's when it is something else. */
export function limitedBy({ before, after }: Write): string | undefined {
  return /^limit_submit (\S+) /.exec((after ?? before)?.pk?.S ?? '')?.[1]
}

/** The room that is left of submit limits, as the store has it. */
export function createRoom(world: World, limit: number | undefined) {
  const written: { readonly owner: string; readonly at: Instant; readonly fullAt: Instant }[] = []

  return {
    wrote(owner: string, { after }: Write): void {
      written.push({ owner, at: world.now, fullAt: Number(after?.f?.N ?? 0) })
    },
    /** Whether there has been none for another task of an owner, at some time since then. */
    wasOut(owner: string, since: Instant): boolean {
      if (limit === undefined) return false
      const own = written.filter(each => each.owner === owner)
      const first = Math.max(
        0,
        own.findLastIndex(({ at }) => at <= since),
      )
      const fullAt = Math.max(...own.slice(first).map(each => each.fullAt))
      return fullAt + Math.ceil(WINDOW_MS / limit) > since + WINDOW_MS
    },
  }
}

/**
 * A task is refused when there was no room for it, and for nothing else here. Whether the room was rightly taken is not seen: what a
 * process has taken when it dies is lost until the window has passed.
 */
export function checkRefused({ room }: Seen, { schedule }: Life, { scheduledFor, firedAt }: Fire): Wrong | undefined {
  if (room.wasOut(schedule?.owner ?? '', firedAt - LATELY_MS - CLOCKS_MS)) return undefined
  return ['P12', `${new Date(scheduledFor).toISOString()} is refused, and there was room`]
}
