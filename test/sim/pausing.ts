import type { PauseSelector } from '../../shared/core/dispatch.ts'
import type { ActorOptions } from './actors.ts'
import { type Ask, actor } from './asking.ts'

/** People who pause dispatch, and resume it. */
export function createPausing({ world, faults, settings, cloud }: ActorOptions, ask: Ask) {
  const { random } = world
  const { checker } = cloud
  const paused: PauseSelector[] = []
  const pausesNames = random.chance(0.5)

  function somePause(): void {
    const isName = settings.mixedPauses ? random.chance(0.5) : pausesNames
    const selector: PauseSelector = isName
      ? { kind: 'name', name: random.pick(['brief', 'steady', 'lengthy']) }
      : random.pick([{ kind: 'all' }, { kind: 'priority', priority: random.pick([1, 2, 3]) }] as const)
    const forMs = random.chance(0.3) ? random.between(20_000, 120_000) : undefined
    pause(selector, random.between(10_000, 150_000), forMs)
  }

  /** @param enoughMs after which somebody resumes it */
  function pause(selector: PauseSelector, enoughMs: number, forMs?: number): void {
    paused.push(selector)
    checker.pauses.asked(selector, forMs)
    world.trace.note(world.now, `somebody wants to pause ${JSON.stringify(selector)} ${forMs}`)
    const since = world.now
    ask(
      engine => engine.pause(actor, selector, 'a simulation', forMs),
      answer => {
        if (!answer) return
        // An end in time counts from when the program has read its clock, which is at or after the question.
        const until = forMs === undefined ? {} : { until: since + forMs - 1_000 }
        checker.pauses.answered({ selector, reason: '', actor: '', since, ...until })
      },
    )
    const enough = `${JSON.stringify(selector)} is enough`
    world.post(enoughMs, enough, () => {
      checker.pauses.resuming(selector)
      resume(selector)
    })
  }

  /** Until it is heard. */
  function resume(selector: PauseSelector): void {
    ask(
      engine => engine.resume(actor, selector),
      answer => {
        if (!answer) return void world.post(1_000, 'resumes again', () => resume(selector))
        paused.splice(paused.indexOf(selector), 1)
        checker.pauses.resumed(selector)
      },
    )
  }

  function pauseStorm(): void {
    faults.happened('pauseStorm')
    for (let each = 0; each < 3; each++) world.post(random.between(0, 5_000), 'storm', somePause)
  }

  return { pause, somePause, pauseStorm, isQuiet: () => paused.length === 0 }
}
