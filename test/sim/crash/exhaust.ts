import { type End, ends } from '../faults.ts'
import type { Patch } from '../plant.ts'
import type { Violation } from '../violation.ts'
import { type Plan, play, type Scenario } from './scenario.ts'

/** Of two at once: the ends that differ in what is left behind. */
const PAIRED: readonly End[] = ['crashBeforeSend', 'crashAfterApply', 'replyCut']

export interface Exhausted {
  /** Points at which something failed. */
  readonly points: number
  readonly plays: number
  /** What was broken, with the calls that failed. */
  readonly broken: readonly string[]
}

/** Plays a scenario once for each call and each way in which that call can fail. */
export async function everySingle(scenario: Scenario, patch?: Patch): Promise<Exhausted> {
  const { calls, violation } = await play(scenario, new Map(), patch)
  if (violation) return brokenByItself(violation)
  const broken: string[] = []
  for (let index = 0; index < calls.length; index++)
    for (const end of ends) broken.push(...(await wrong(scenario, new Map([[index, end]]), patch)))
  return { points: calls.length, plays: calls.length * ends.length, broken }
}

/** All pairs: the second fault is one of what follows from the first. */
export async function everyPair(scenario: Scenario): Promise<Exhausted> {
  const { calls, violation } = await play(scenario, new Map())
  if (violation) return brokenByItself(violation)
  const broken: string[] = []
  let plays = 0
  for (let first = 0; first < calls.length; first++) {
    for (const end of PAIRED) {
      const after = await play(scenario, new Map([[first, end]]))
      for (let second = first + 1; second < after.calls.length; second++) {
        for (const other of PAIRED) {
          plays++
          const plan = new Map([
            [first, end],
            [second, other],
          ])
          broken.push(...(await wrong(scenario, plan)))
        }
      }
    }
  }
  return { points: calls.length, plays, broken }
}

function brokenByItself({ promise, what }: Violation): Exhausted {
  return { points: 0, plays: 1, broken: [`by itself: ${promise} ${what}`] }
}

async function wrong(scenario: Scenario, plan: Plan, patch?: Patch): Promise<string[]> {
  const { calls, violation } = await play(scenario, plan, patch)
  if (!violation) return []
  const failed = [...plan].map(([index, end]) => `${end} at ${index} (${calls[index]})`)
  return [`${violation.promise} ${violation.what}: ${failed.join(', ')}`]
}
