import type { PauseSelector } from '../../shared/core/dispatch.ts'
import { PulseError } from '../../shared/core/errors.ts'
import type { Actor } from '../../shared/core/actor.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { Submitted } from '../../shared/engine/requests.ts'
import type { Cloud } from './cloud.ts'
import type { Faults } from './faults.ts'
import type { Settings } from './settings.ts'
import type { Wanted } from './story.ts'
import type { World } from './world.ts'

const actor: Actor = { owner: 'somebody', by: 'somebody', role: 'operator' }
/** A gateway waits no longer. */
const PATIENCE_MS = 30_000

export interface ActorOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly cloud: Cloud
}

/** Everybody who asks something of the program from outside. */
export function createActors({ world, faults, settings, cloud }: ActorOptions) {
  const { random } = world
  const { checker, api } = cloud
  const known: string[] = []
  const paused: PauseSelector[] = []
  let submitting = 0

  /** @param done hears the answer; undefined when it is a refusal, or was not heard */
  function ask<Answer>(use: (engine: Engine) => Promise<Answer>, done: (answer: Answer | undefined) => void): void {
    let isOver = false
    const end = (answer: Answer | undefined) => {
      if (isOver) return
      isOver = true
      done(answer)
    }
    world.post(PATIENCE_MS, 'a client gives up', () => end(undefined))
    api.invoke(use, told => {
      const answer = told as { readonly answer: Answer } | undefined // what `use` has made of it
      end(faults.happens('clientUnheard') ? undefined : answer?.answer)
    })
  }

  function submit(wanted: Wanted): void {
    submitting++
    const { request, key } = wanted
    ask<Submitted>(
      engine => engine.submit(actor, request, key),
      answer => {
        submitting--
        if (answer) {
          known.push(answer.row.id)
          checker.acknowledged(answer.row.id, wanted)
          // A client that repeats itself although it was told.
          if (key !== undefined && faults.happens('clientUnheard')) submit(wanted)
        } else if (key !== undefined) world.post(random.between(500, 5_000), 'a client repeats', () => submit(wanted))
      },
    )
  }

  /** Somebody does something to some task; that it is refused is as good as that it is done. */
  function change(): void {
    if (known.length === 0) return
    const task = random.pick(known)
    const what = random.pick(['cancel', 'requeue', 'requeue', 'edit', 'edit'] as const)
    const edit = random.chance(0.5)
      ? { runAt: world.now + random.pick([0, 10_000, 200_000]) }
      : { priority: random.pick([1, 2, 3] as const) }
    world.trace.note(world.now, `somebody wants to ${what} ${task} ${JSON.stringify(edit)}`)
    const acts: Record<typeof what, (engine: Engine) => Promise<unknown>> = {
      cancel: engine => engine.cancel(actor, task),
      requeue: engine => engine.requeue(actor, task, {}),
      edit: engine => engine.edit(actor, task, edit),
    }
    ask(
      engine => acts[what](engine).catch(ignoreRefusal),
      () => {},
    )
  }

  function ignoreRefusal(error: unknown): void {
    if (!(error instanceof PulseError)) throw error
  }

  const pausesNames = random.chance(0.5)

  function pause(): void {
    const isName = settings.mixedPauses ? random.chance(0.5) : pausesNames
    const selector: PauseSelector = isName
      ? { kind: 'name', name: random.pick(['brief', 'steady', 'lengthy']) }
      : random.pick([{ kind: 'all' }, { kind: 'priority', priority: random.pick([1, 2, 3]) }] as const)
    const forMs = random.chance(0.3) ? random.between(20_000, 120_000) : undefined
    paused.push(selector)
    checker.pauses.asked()
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
    world.post(random.between(10_000, 150_000), enough, () => {
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

  return {
    begin(story: readonly Wanted[]): void {
      for (const wanted of story) world.post(wanted.at - world.now, 'a submit', () => submit(wanted))
      const within = (count: number, what: string, act: () => void) => {
        for (let each = 0; each < count; each++) world.post(random.between(5_000, settings.faultyMs), what, act)
      }
      within(settings.changes, 'a change', change)
      within(settings.pauses, 'a pause', pause)
    },
    /** Everything has been asked, and nothing is paused. */
    isQuiet: () => submitting === 0 && paused.length === 0,
  }
}
