import { attributes } from '../../shared/aws/row-codec.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { LEASE_MS } from '../../shared/engine/attempt-ports.ts'
import type { Seen } from './checker.ts'
import type { Bindings, Item } from './expressions.ts'
import type { Answer, Call } from './network.ts'
import type { SimProcess } from './process.ts'

interface Claim {
  readonly task: string
  readonly run: number
  readonly attempt: number
  readonly from: SimProcess
  readonly at: number
}

export type ClaimChecks = ReturnType<typeof createClaimChecks>

/** What P4 says about attempts: each is one worker's, their number is bounded, and none is spent for nothing. */
export function createClaimChecks({ world, violate, row }: Seen) {
  /** Claims of which no handler has started yet, by token. */
  const unstarted = new Map<string, Claim>()
  const started = new Set<string>()
  const starts = new Map<string, number>()
  const back = new Map<string, number>()

  /** The program has been told that it holds the task: its handler starts in the same turn. */
  function mustStart(token: string, claim: Claim): void {
    const { task, run, attempt, from, at } = claim
    world.post(0, 'must have started', () => {
      // An answer that comes so late is rightly dropped, and one who was stopped has an excuse (see P10).
      const isLate = world.timeless || world.now - at > LEASE_MS - 5_000
      if (!unstarted.has(token) || isLate || !from.alive || from.frozenAt !== undefined) return
      violate('P4', task, `${run}/${attempt} was charged to ${from.name}, which knows and does not start it`)
    })
  }

  return {
    claimed({ id, run, attempt, leaseToken = '' }: TaskRow, from: SimProcess): void {
      unstarted.set(leaseToken, { task: id, run, attempt, from, at: world.now })
    },
    /** Its row is gone, and with it the numbers of its attempts. */
    removed(task: string): void {
      for (const known of [started, starts, back])
        for (const key of [...known.keys()]) if (key.startsWith(`${task}/`)) known.delete(key)
    },
    /** A snooze or a release gives the attempt back. */
    givenBack({ id, run }: TaskRow): void {
      back.set(`${id}/${run}`, (back.get(`${id}/${run}`) ?? 0) + 1)
    },
    started(task: string, run: number, attempt: number): void {
      const life = `${task}/${run}`
      if (started.has(`${life}/${attempt}`)) violate('P4', task, `${run}/${attempt} starts twice`)
      started.add(`${life}/${attempt}`)
      for (const [token, claim] of unstarted)
        if (claim.task === task && claim.run === run && claim.attempt === attempt) unstarted.delete(token)
      const count = (starts.get(life) ?? 0) + 1
      starts.set(life, count)
      const most = (row(task)?.maxAttempts ?? 0) + (back.get(life) ?? 0)
      if (count > most) violate('P4', task, `run ${run} starts ${count} times, ${most} are allowed`)
    },
    /** An answer reaches the process that waits for it. */
    heard({ operation, body: asked, from }: Call, { body }: Answer): void {
      const { Attributes, Item } = body as { Attributes?: Item; Item?: Item }
      const token = (Attributes ?? Item)?.[attributes.leaseToken]?.S
      const claim = token === undefined ? undefined : unstarted.get(token)
      if (token === undefined || claim?.from !== from) return
      if (operation === 'GetItem') from.claimsRead.add(claim.task)
      // Another message of the task, in the same batch, may have lost against this claim and hear of it first.
      const { ExpressionAttributeValues = {} } = asked as Bindings
      const isAboutIt = Object.values(ExpressionAttributeValues).some(({ S }) => S === token)
      if (operation === 'UpdateItem' && isAboutIt) mustStart(token, claim)
    },
    /** The same, of a program that is told by no answer. */
    known(token: string, from: SimProcess): void {
      const claim = unstarted.get(token)
      if (claim?.from === from) mustStart(token, claim)
    },
  }
}
