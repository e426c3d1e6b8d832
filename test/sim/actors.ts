import type { Engine } from '../../shared/engine/engine.ts'
import type { SubmitRequest, Submitted } from '../../shared/engine/requests.ts'
import { hintBody } from '../../shared/ports/hint-message.ts'
import { actor, createAsking, ignoreRefusal } from './asking.ts'
import { createChanging } from './changing.ts'
import type { Cloud } from './cloud.ts'
import type { Faults } from './faults.ts'
import { createPausing } from './pausing.ts'
import type { Settings } from './settings.ts'
import type { Wanted } from './story.ts'
import type { World } from './world.ts'

export interface ActorOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly cloud: Asked
}

/** What is asked, and what people do to its queues. */
export interface Asked extends Pick<Cloud, 'checker' | 'queues' | 'sqs'> {
  readonly api: {
    invoke(use: (engine: Engine) => Promise<unknown>, done: (answer: { answer: unknown } | undefined) => void): unknown
  }
}

export type Actors = ReturnType<typeof createActors>

/** Everybody who asks something of the program from outside. */
export function createActors(options: ActorOptions) {
  const { world, faults, settings, cloud } = options
  const { random } = world
  const { checker } = cloud
  const known: string[] = []
  let submitting = 0
  const { ask, isQuiet } = createAsking(options)
  const changing = createChanging(options, ask, known)
  const pausing = createPausing(options, ask)

  function submit(wanted: Wanted): void {
    submitting++
    const { key, expiresInMs } = wanted
    // A repeat says the same, or it would be another request.
    const expiresAt = expiresInMs === undefined ? undefined : wanted.at + Math.max(expiresInMs, 1)
    if (expiresAt !== undefined && expiresAt <= world.now + (wanted.request.delayMs ?? 0) + 2_000) {
      submitting--
      return
    }
    const request = { ...wanted.request, ...(expiresAt !== undefined && { expiresAt }) }
    ask<Submitted>(
      engine => engine.submit(actor, request, key),
      answer => {
        submitting--
        if (answer) {
          known.push(answer.row.id)
          checker.acknowledged(answer.row.id, wanted)
          if (key !== undefined && random.chance(settings.keysReused)) reuseKey(request, key, answer.row.id)
          // A client that repeats itself although it was told.
          if (key !== undefined && faults.happens('clientUnheard')) submit(wanted)
        } else if (key !== undefined) world.post(random.between(500, 5_000), 'a client repeats', () => submit(wanted))
      },
    )
  }

  /** Another request under the same key, while its task is there: it is refused. */
  function reuseKey(request: SubmitRequest, key: string, task: string): void {
    const other = { ...request, title: 'another one' }
    ask(
      engine => engine.submit(actor, other, key).catch(ignoreRefusal),
      answer => answer && checker.keyReused(task, key),
    )
  }

  function purge(): void {
    faults.happened('purged')
    for (const queue of cloud.queues.all) cloud.sqs.purge(queue)
  }

  /** Dead letters, and old messages of tasks that may have ended long ago. */
  function redrive(): void {
    if (known.length === 0) return
    faults.happened('redriven')
    const { lanes } = cloud.queues
    for (const lane of Object.values(lanes)) if (lane.deadLetters) cloud.sqs.redrive(lane.deadLetters, lane)
    const row = checker.seen.row(random.pick(known))
    if (row) cloud.sqs.send(lanes['3'], hintBody(row), 0)
  }

  return {
    known: known as readonly string[],
    change: changing.change,
    pause: pausing.pause,
    begin(story: readonly Wanted[]): void {
      for (const wanted of story) world.post(wanted.at - world.now, 'a submit', () => submit(wanted))
      const within = (count: number, what: string, act: () => void) => {
        for (let each = 0; each < count; each++) world.post(random.between(5_000, settings.faultyMs), what, act)
      }
      const { cancelStorm, requeueStorm, pauseStorm, purged, redriven } = faults.rates
      within(settings.changes, 'a change', changing.someChange)
      within(cancelStorm, 'a storm', () => changing.storm('cancelStorm', 'cancel'))
      within(requeueStorm, 'a storm', () => changing.storm('requeueStorm', 'requeue'))
      within(settings.pauses > 0 ? pauseStorm : 0, 'a storm', pausing.pauseStorm)
      within(purged, 'a purge', purge)
      within(redriven, 'a redrive', redrive)
      within(settings.pauses, 'a pause', pausing.somePause)
    },
    /** Everything has been asked, and nothing is paused. */
    isQuiet: () => isQuiet() && submitting === 0 && pausing.isQuiet(),
  }
}
