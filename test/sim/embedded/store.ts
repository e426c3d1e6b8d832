import { StoreUnavailable } from '../../../shared/ports/store-unavailable.ts'
import type { SqliteBackend } from '../../../shared/sqlite/backend.ts'
import type { Faults } from '../faults.ts'
import type { SimProcess } from '../process.ts'

const FROZEN_MS = 50_000

/** Who wants to know of writes. */
export interface Hears {
  /** One is under way, or is so no more: so many of this task. */
  writing(task: string, by: 1 | -1): void
  /** Whoever has claimed something knows it. */
  claimed(token: string): void
}

/**
 * The stores as a process that may die at any of its waits sees them: every answer is an event of its own, and is not heard by whoever
 * has died meanwhile.
 * @param touched hears of each task that a commit is about
 */
export function betweenWaits(backend: SqliteBackend, process: SimProcess, faults: Faults, hears: Hears): SqliteBackend {
  const { world } = process

  function waiting<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!process.alive) return
      if (faults.happens('crashBeforeSend')) return process.kill('about to use its file')
      if (faults.happens('serverError')) {
        process.post(0, 'is told that the disk is full', () =>
          reject(new StoreUnavailable('the simulated disk is full')),
        )
        return
      }
      if (faults.happens('frozen')) process.freeze(world.random.between(500, FROZEN_MS))
      // In the same turn as the write: a program on one file may rely on nothing else being done in between.
      const heard = (act: () => void) => {
        if (!process.alive) return
        if (faults.happens('crashInReply')) process.kill('hearing from its file')
        else act()
      }
      work().then(
        answer => heard(() => resolve(answer)),
        error => heard(() => reject(error)),
      )
    })
  }

  function each<Store extends object>(store: Store): Store {
    const members = Object.entries(store).map(([name, member]) => [
      name,
      typeof member === 'function' ? (...given: unknown[]) => waiting(() => member(...given)) : member,
    ])
    return Object.fromEntries(members) as Store // of the same members
  }

  const tasks = each(backend.tasks)
  return {
    ...backend,
    tasks: {
      ...tasks,
      async commit(change) {
        hears.writing(change.task, 1)
        const what = change.expect === 'absent' ? 'PENDING' : (change.set.state ?? Object.keys(change.set).join())
        world.trace.note(world.now, `${process.name} writes ${what} to ${change.task}`)
        const committed = await tasks.commit(change).finally(() => hears.writing(change.task, -1))
        world.trace.note(world.now, `${process.name} is told of ${change.task}: ${committed.ok ? 'done' : 'refused'}`)
        const token = change.expect === 'absent' ? undefined : change.set.leaseToken
        if (committed.ok && typeof token === 'string') hears.claimed(token)
        return committed
      },
    },
    dispatch: each(backend.dispatch),
    blobs: each(backend.blobs),
    logs: each(backend.logs),
    purge: each(backend.purge),
  }
}
