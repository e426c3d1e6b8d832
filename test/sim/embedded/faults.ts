import { type Fault, faultNames } from '../fault-kinds.ts'
import type { Rates } from '../faults.ts'
import type { World } from '../world.ts'

/** What can go wrong where one process works on one file. The names are those of the same on AWS, where there is one. */
export const embeddedKinds = {
  crashBeforeSend: { does: 'the process dies when it is about to write or to read', most: 0.006 },
  crashAfterApply: { does: 'the process dies when a group of writes is durable and nobody has been told', most: 0.006 },
  crashInReply: { does: 'the process dies when it hears that its write is durable', most: 0.006 },
  serverError: { does: 'the disk is full: the file takes no write', most: 0.05 },
  requestSlow: { does: 'a turn of the event loop comes up to 6 s late', most: 0.04 },
  frozen: { does: 'the process stops for up to 50 s in the midst of its work', most: 0.006 },
  clockSkewed: { does: 'the clock of a new process is off by up to a second', most: 1 },
  clockJumped: { does: 'the clock jumps by up to an hour, back or ahead', most: 0.2 },
  clientUnheard: { does: 'a client does not hear the answer, and repeats itself', most: 0.1 },
  cancelStorm: { does: 'many cancel the same task at about the same time', most: 3 },
  requeueStorm: { does: 'many requeue the same task at about the same time', most: 3 },
  pauseStorm: { does: 'the same is paused and resumed several times within seconds', most: 2 },
} as const satisfies Partial<Record<Fault, { readonly does: string; readonly most: number }>>

export const embeddedFaults = Object.keys(embeddedKinds) as (keyof typeof embeddedKinds)[]

/** As on AWS, each history has some of them, in a strength of its own. */
export function drawEmbeddedRates({ random }: World): Rates {
  const rates = Object.fromEntries(faultNames.map(name => [name, 0])) as Record<Fault, number> // by construction
  for (const fault of embeddedFaults) {
    const { most } = embeddedKinds[fault]
    const strength = random.next()
    rates[fault] = random.chance(0.5) ? (most > 1 ? Math.ceil(most * strength) : most * strength) : 0
  }
  if (!random.chance(0.3)) rates.clockJumped = 0
  return rates
}
