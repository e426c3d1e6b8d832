import type { Priority } from '../../shared/core/task.ts'
import type { SubmitRequest } from '../../shared/engine/requests.ts'
import type { Settings } from './settings.ts'
import type { World } from './world.ts'

/** What a handler does in one attempt. */
export interface Step {
  readonly does: 'return' | 'throw' | 'snooze' | 'retry' | 'cancel' | 'discard' | 'exit'
  readonly takesMs: number
  /** Ends soon after its signal. */
  readonly heedsSignal: boolean
  readonly reports: boolean
}

/** One task as its submitter wants it. */
export interface Wanted {
  readonly at: number
  readonly request: SubmitRequest
  readonly key: string | undefined
  /** It may not start later than so long after it was first wanted. */
  readonly expiresInMs: number | undefined
  /** Attempt by attempt; the last one for all that follow. */
  readonly steps: readonly Step[]
}

/** Names of tasks with their timeouts: the last one travels in the lane of its own. */
export const names = { brief: 20_000, steady: 55_000, lengthy: 90_000 } as const
export type Name = keyof typeof names

/** All of what is asked of the program in one history, drawn before it begins. */
export function writeStory({ random, now }: World, settings: Settings): Wanted[] {
  return Array.from({ length: settings.tasks }, (_, index) => {
    const name = random.pick(Object.keys(names) as Name[])
    const delayMs = random.chance(settings.delayed) ? random.pick([1_500, 20_000, 120_000, 1_000_000, 1_300_000]) : 0
    const request: SubmitRequest = {
      name,
      payload: { k: index },
      priority: random.pick([1, 2, 3] as const satisfies Priority[]),
      maxAttempts: random.between(1, 4),
      backoff: random.pick([
        { kind: 'fixed', delay: 3_000 },
        { kind: 'quadratic', delay: 1_000 },
        { kind: 'fixed', delay: 0 },
      ] as const),
      ...(delayMs > 0 && { delayMs }),
    }
    const mayExpire = random.chance(settings.expiring)
    return {
      at: now + random.between(0, settings.faultyMs),
      request,
      expiresInMs: mayExpire ? delayMs + random.pick([5_000, 40_000, 300_000]) : undefined,
      key: random.chance(0.6) ? `key-${index}` : undefined,
      steps: Array.from({ length: random.between(1, 4) }, () => step(random, settings.exits)),
    }
  })
}

function step(random: World['random'], exits: number): Step {
  const tail = ['throw', 'throw', 'snooze', 'retry', 'cancel', 'discard'] as const
  return {
    does: random.chance(exits) ? 'exit' : random.chance(0.55) ? 'return' : random.pick(tail),
    takesMs: random.pick([0, 20, 300, 4_000, 15_000, 35_000, 70_000]),
    heedsSignal: random.chance(0.7),
    reports: random.chance(0.3),
  }
}
