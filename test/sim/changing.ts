import type { Engine } from '../../shared/engine/engine.ts'
import type { ActorOptions } from './actors.ts'
import { type Ask, actor, ignoreRefusal } from './asking.ts'

export type TaskChange = 'cancel' | 'requeue' | 'edit' | 'requeue all'

/** So many do the same to one task at about the same time. */
const STORM = 6

/** People who change tasks. @param known tasks that somebody has been told of */
export function createChanging({ world, faults }: ActorOptions, ask: Ask, known: readonly string[]) {
  const { random } = world

  /** Somebody does something to some task; that it is refused is as good as that it is done. */
  function change(what: TaskChange, task: string): void {
    const edit = random.chance(0.5)
      ? { runAt: world.now + random.pick([0, 10_000, 200_000]) }
      : { priority: random.pick([1, 2, 3] as const) }
    world.trace.note(world.now, `somebody wants to ${what} ${task} ${JSON.stringify(edit)}`)
    const acts: Record<TaskChange, (engine: Engine) => Promise<unknown>> = {
      cancel: engine => engine.cancel(actor, task),
      requeue: engine => engine.requeue(actor, task, {}),
      edit: engine => engine.edit(actor, task, edit),
      'requeue all': engine => engine.requeueDead(actor, { limit: 5 }),
    }
    ask(
      engine => acts[what](engine).catch(ignoreRefusal),
      () => {},
    )
  }

  function someChange(): void {
    if (known.length === 0) return
    change(random.pick(['cancel', 'requeue', 'requeue', 'edit', 'edit', 'requeue all']), random.pick(known))
  }

  function storm(kind: 'cancelStorm' | 'requeueStorm', what: TaskChange): void {
    if (known.length === 0) return
    const task = random.pick(known)
    faults.happened(kind, task)
    for (let each = 0; each < STORM; each++) world.post(random.between(0, 2_000), 'storm', () => change(what, task))
  }

  return { change, someChange, storm }
}
