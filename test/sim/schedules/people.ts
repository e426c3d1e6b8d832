import type { Actor } from '../../../shared/core/actor.ts'
import type { Instant } from '../../../shared/core/task.ts'
import type { Created } from '../../../shared/schedules/requests.ts'
import type { ScheduleRequest } from '../../../shared/schedules/schedule.ts'
import type { Schedules } from '../../../shared/schedules/schedules.ts'
import { ignoreRefusal } from '../asking.ts'
import type { Faults } from '../faults.ts'
import type { World } from '../world.ts'
import type { Cloud } from './cloud.ts'
import type { Settings } from './settings.ts'
import { someEdit, someRequest } from './wishes.ts'

const actor: Actor = { owner: 'somebody', by: 'somebody', role: 'operator' }
/** Who hears nothing repeats what they want so often. */
const MOST_TRIES = 4
const CHANGES = [
  'edit',
  'edit',
  'edit',
  'pause',
  'resume',
  'resume',
  'remove',
  'trigger',
  'backfill',
  'create',
] as const
type Change = (typeof CHANGES)[number]

interface PeopleOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly cloud: Cloud
}

/** People who make schedules, change them, and deploy others. */
export function createPeople({ world, faults, settings, cloud }: PeopleOptions) {
  const { random } = world
  /** What was asked for, by key, and what it became. */
  const wanted = new Map<string, ScheduleRequest>()
  const ids: string[] = []

  function ask(use: (on: Schedules) => Promise<unknown>, done: (answer: unknown) => void, on = cloud.api, tries = 1) {
    on.invoke(
      schedules => use(schedules).catch(ignoreRefusal),
      told => {
        if (told && !faults.happens('clientUnheard')) done((told as { readonly answer: unknown }).answer)
        else if (tries < MOST_TRIES)
          world.post(random.between(500, 8_000), 'somebody repeats it', () => ask(use, done, on, tries + 1))
      },
    )
  }

  function create(key: string): void {
    const request = wanted.get(key) ?? someRequest(random, world.now, key)
    wanted.set(key, request)
    world.trace.note(world.now, `somebody wants ${JSON.stringify(request)}`)
    ask(
      schedules => schedules.create(actor, request, key),
      created => {
        const id = (created as Created | undefined)?.schedule.id
        if (id !== undefined && !ids.includes(id)) ids.push(id)
      },
    )
  }

  function change(what: Change, id: string): void {
    world.trace.note(world.now, `somebody wants to ${what} ${id}`)
    const key = `trigger-${world.now}`
    const edit = someEdit(random, world.now)
    const range = { from: world.now - 5 * 60_000, to: world.now - 20_000 }
    const acts: Record<Change, () => void> = {
      edit: () => ask(on => on.edit(actor, id, edit), ignore),
      pause: () => ask(on => on.pause(actor, id), ignore),
      resume: () => ask(on => on.resume(actor, id), ignore),
      remove: () => ask(on => on.remove(actor, id), ignore),
      trigger: () => ask(on => on.trigger(actor, id, key), ignore),
      backfill: () => ask(on => on.backfill(actor, id, range), ignore, cloud.backfill),
      create: () => create(random.pick([...wanted.keys()])),
    }
    acts[what]()
  }

  function someChange(): void {
    if (ids.length === 0) return
    const id = random.pick(ids)
    change(random.pick(CHANGES), id)
    // Somebody else does something to the same one at the same time.
    if (random.chance(settings.pairs)) {
      const other = random.pick(CHANGES)
      world.post(random.between(0, 3_000), 'another change', () => change(other, id))
    }
  }

  /** Some of the same, changed or not, at each deployment. */
  function deploy(declared: readonly ScheduleRequest[], tries = 1): void {
    cloud.deploy.invoke(declared, done => {
      if (done === undefined && tries < MOST_TRIES)
        world.post(5_000, 'deployed again', () => deploy(declared, tries + 1))
    })
  }

  function someDeployment(): void {
    const names = ['nightly', 'hourly'].filter(() => random.chance(0.7))
    const requests = names.map(name => ({ ...someRequest(random, world.now, name), catchUp: 100 as const }))
    deploy(
      requests.map(({ at, afterMs, paused: _, startAt: _s, endAt: _e, ...rest }) =>
        at === undefined && afterMs === undefined ? rest : { ...rest, everyMs: 60_000 },
      ),
    )
    if (random.chance(0.3)) world.post(random.between(0, 2_000), 'two deploy', () => deploy([]))
  }

  return {
    begin(): void {
      const within = (count: number, what: string, act: () => void, from: Instant = 5_000) => {
        for (let each = 0; each < count; each++) world.post(random.between(from, settings.faultyMs), what, act)
      }
      for (let index = 0; index < settings.schedules; index++)
        world.post(random.between(0, 60_000), 'a schedule is wanted', () => create(`key-${index}`))
      within(settings.changes, 'a change', someChange, 60_000)
      within(settings.deployments, 'a deployment', someDeployment)
    },
  }
}

function ignore(): void {}
