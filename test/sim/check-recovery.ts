import type { TaskRow } from '../../shared/core/task.ts'
import type { PauseChecks } from './check-pauses.ts'
import type { Seen } from './checker.ts'
import type { SimProcess } from './process.ts'
import type { Message } from './queues.ts'
import type { Sqs } from './sqs.ts'

/** How a task has come back after the death of its worker, in milliseconds from that. */
export interface Recovery {
  /** Until its lease had ended, so that it could be claimed: what P6 bounds. */
  readonly claimableMs: number
  /** Until the next attempt began, or somebody ended it. */
  readonly nextMs: number
}

/** What P6 allows. */
const WITHIN_MS = 60_000
const SKEW_MS = 2_000
/** The longest that a spare hint waits between two looks. */
const SPARE_MS = 15 * 60_000

/**
 * After its worker has died, a task can be claimed again within a minute, and a hint of it is on its way (P6). Where the message that
 * the worker had was deleted by somebody else who had it, too, a spare one is, which waits for as long as the attempt had lasted.
 */
export function createRecoveryChecks(
  { world, holders, violate, row }: Seen,
  sqs: () => Pick<Sqs, 'messagesOf'>,
  pauses: PauseChecks,
) {
  function mustRecover(task: string, held: TaskRow, by: SimProcess): void {
    const { wakeAt = 0, startedAt = 0, heldBy } = held
    const diedAt = world.now
    // Its lease was over before: it had lost the task, or never knew of its claim.
    if (wakeAt <= diedAt) return
    const died = deaths.get(task)
    const isKnown = died?.run === held.run && died.attempt === held.attempt
    deaths.set(task, { at: isKnown ? died.at : diedAt, run: held.run, attempt: held.attempt, freeAt: wakeAt })
    world.post(WITHIN_MS, 'must be free', () => {
      const ahead = isStill(held) ? (row(task)?.wakeAt ?? 0) - world.now : 0
      if (ahead > SKEW_MS) violate('P6', task, `${deadSince(held, diedAt)} cannot be claimed for another ${ahead} ms`)
    })
    const mustHaveHint = (): void => {
      if (!isStill(held) || isHindered(task, diedAt)) return
      const messages = sqs().messagesOf(task)
      if (messages.some(each => each.visibleAt <= world.now || isOthers(each, by, diedAt))) return
      const late = diedAt + WITHIN_MS + Math.min(Math.max(0, diedAt - startedAt), SPARE_MS) - world.now
      if (late <= 0 || messages.some(({ id }) => id === heldBy))
        violate('P6', task, `${deadSince(held, diedAt)} has no hint on its way`)
      else world.post(late, 'a spare hint must have come', mustHaveHint)
    }
    world.post(WITHIN_MS, 'must have a hint', mustHaveHint)
  }

  /** Hints of paused names are acknowledged, and lost ones are lost: whoever looks for such rows comes later. */
  function isHindered(task: string, since: number): boolean {
    return pauses.since(since) || hasLostHints || inRedrive.has(task)
  }

  function isStill({ id, run, attempt }: TaskRow): boolean {
    const latest = row(id)
    return latest?.state === 'RUNNING' && latest.run === run && latest.attempt === attempt
  }

  function deadSince({ run, attempt }: TaskRow, diedAt: number): string {
    return `${run}/${attempt}, whose worker died ${(world.now - diedAt) / 1_000} s ago,`
  }

  /** Somebody else has been given it since, or has taken it to its own grave before it could hide it for less: a second failure. */
  function isOthers({ receivedAt, receiver }: Message, died: SimProcess, diedAt: number): boolean {
    if (receivedAt === undefined) return false
    return receivedAt >= diedAt || (receiver !== died && receiver?.alive !== true)
  }

  let hasLostHints = false
  /** Attempts whose worker has died, until somebody goes on with their task. */
  const deaths = new Map<string, { at: number; run: number; attempt: number; freeAt: number }>()
  const recoveries: Recovery[] = []

  function recovered(latest: TaskRow): void {
    const death = deaths.get(latest.id)
    if (!death || (latest.state === 'RUNNING' && latest.run === death.run && latest.attempt === death.attempt)) return
    deaths.delete(latest.id)
    const { at, freeAt } = death
    const until = (time: number) => Math.max(0, Math.min(time, world.now) - at)
    recoveries.push({ claimableMs: until(freeAt), nextMs: until(world.now) })
  }

  /** Hints of these were received so often that they go round by the redrive queue, which takes a quarter of an hour. */
  const inRedrive = new Set<string>()

  return {
    /** Where clocks jump by an hour, times say nothing. */
    recoveries: (): readonly Recovery[] => (world.timeless ? [] : recoveries),
    /** In this history hints are lost on purpose. */
    hintsAreLost(): void {
      hasLostHints = true
    },
    deadLettered: (task: string) => void inRedrive.add(task),
    died(process: SimProcess): void {
      for (const [task, holder] of holders) {
        const latest = holder.process === process ? row(task) : undefined
        if (latest?.state === 'RUNNING' && latest.run === holder.run && latest.attempt === holder.attempt)
          mustRecover(task, latest, process)
      }
    },
    /** A claim that arrives when its worker is dead already, or its last heartbeat. */
    wrote(latest: TaskRow): void {
      recovered(latest)
      const holder = holders.get(latest.id)
      if (latest.state === 'RUNNING' && holder?.process.alive === false) mustRecover(latest.id, latest, holder.process)
    },
  }
}
