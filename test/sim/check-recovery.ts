import type { TaskRow } from '../../shared/core/task.ts'
import type { PauseChecks } from './check-pauses.ts'
import type { Seen } from './checker.ts'
import type { SimProcess } from './process.ts'
import type { Message } from './queues.ts'
import type { Sqs } from './sqs.ts'

/** What P6 allows. */
const WITHIN_MS = 60_000
const SKEW_MS = 2_000

/** After its worker has died, a task can be claimed again and a hint of it is on its way, within a minute (P6). */
export function createRecoveryChecks({ world, holders, violate, row }: Seen, sqs: () => Sqs, pauses: PauseChecks) {
  function mustRecover(task: string, { run, attempt, wakeAt = 0 }: TaskRow, by: SimProcess): void {
    const diedAt = world.now
    // Its lease was over before: it had lost the task, or never knew of its claim.
    if (wakeAt <= diedAt) return
    died.set(task, { at: diedAt, run, attempt })
    world.post(WITHIN_MS, 'must have recovered', () => {
      const latest = row(task)
      if (latest?.state !== 'RUNNING' || latest.run !== run || latest.attempt !== attempt) return
      const what = `${run}/${attempt}, whose worker died ${WITHIN_MS / 1_000} s ago,`
      if ((latest.wakeAt ?? 0) > world.now + SKEW_MS)
        return violate('P6', task, `${what} cannot be claimed for another ${(latest.wakeAt ?? 0) - world.now} ms`)
      // Hints of a paused name are acknowledged, and lost ones are lost: whoever looks for such rows comes later.
      if (pauses.since(diedAt) || hasLostHints || inRedrive.has(task)) return
      const isOnItsWay = sqs()
        .messagesOf(task)
        .some(message => message.visibleAt <= world.now || isOthers(message, by, diedAt))
      if (!isOnItsWay) violate('P6', task, `${what} has no hint on its way`)
    })
  }

  /** Somebody else has been given it since, or has taken it to its own grave before it could hide it for less: a second failure. */
  function isOthers({ receivedAt, receiver }: Message, died: SimProcess, diedAt: number): boolean {
    if (receivedAt === undefined) return false
    return receivedAt >= diedAt || (receiver !== died && receiver?.alive !== true)
  }

  let hasLostHints = false
  /** Attempts whose worker has died, until somebody goes on with their task. */
  const died = new Map<string, { readonly at: number; readonly run: number; readonly attempt: number }>()
  const recoveries: number[] = []

  function recovered(latest: TaskRow): void {
    const death = died.get(latest.id)
    if (!death || (latest.state === 'RUNNING' && latest.run === death.run && latest.attempt === death.attempt)) return
    died.delete(latest.id)
    recoveries.push(world.now - death.at)
  }

  /** Hints of these were received so often that they go round by the redrive queue, which takes a quarter of an hour. */
  const inRedrive = new Set<string>()

  return {
    /** From the death of a worker to the next attempt, or the end, of what it held: in milliseconds. */
    recoveries: () => recoveries,
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
