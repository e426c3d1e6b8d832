import type { Actor } from '../../shared/core/actor.ts'
import { PulseError } from '../../shared/core/errors.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { ActorOptions } from './actors.ts'

/** Who asks. */
export const actor: Actor = { owner: 'somebody', by: 'somebody', role: 'operator' }
/** A gateway waits no longer. */
const PATIENCE_MS = 30_000

/** @param done hears the answer; undefined when it is a refusal, or was not heard */
export type Ask = <Answer>(use: (engine: Engine) => Promise<Answer>, done: (answer: Answer | undefined) => void) => void

/** Questions to the program, of which each may stay without an answer. */
export function createAsking({ world, faults, cloud }: ActorOptions): {
  readonly ask: Ask
  readonly isQuiet: () => boolean
} {
  let asking = 0

  const ask: Ask = (use, done) => {
    asking++
    let isOver = false
    const end = (answer: Parameters<typeof done>[0]) => {
      if (isOver) return
      isOver = true
      asking--
      done(answer)
    }
    world.post(PATIENCE_MS, 'a client gives up', () => end(undefined))
    cloud.api.invoke(use, told => {
      const answer = told as { readonly answer: Parameters<typeof done>[0] } | undefined // what `use` has made of it
      end(faults.happens('clientUnheard') ? undefined : answer?.answer)
    })
  }

  return { ask, isQuiet: () => asking === 0 }
}

/** That something is refused is an answer. */
export function ignoreRefusal(error: unknown): void {
  if (!(error instanceof PulseError)) throw error
}
