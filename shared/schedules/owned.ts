import type { Actor } from '../core/actor.ts'
import { removeIfThere } from './change.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { listSchedules } from './read.ts'
import { firedPartition } from './records.ts'
import type { Schedule } from './schedule.ts'

const PAGE = 100

/** All schedules of an owner, page by page. */
export async function* everyOwned(on: SchedulesEnvironment, owner: string): AsyncGenerator<Schedule> {
  for (let after: string | undefined; ; ) {
    const actor: Actor = { owner, by: owner, role: 'viewer' }
    const page = await listSchedules(on, actor, { limit: PAGE, ...(after !== undefined && { after }) })
    yield* page.schedules
    if (page.next === undefined) return
    after = page.next
  }
}

/**
 * Removes the schedules of an owner with the lines about their occurrences, as far as time allows (SEC-22).
 * @returns whether none are left
 */
export async function removeOwned(on: SchedulesEnvironment, owner: string, hasTime: () => boolean): Promise<boolean> {
  const actor: Actor = { owner, by: owner, role: 'admin' }
  for await (const { id } of everyOwned(on, owner)) {
    if (!hasTime()) return false
    // Without its schedule nobody would find the lines: no more are written once it is gone, but those on their way expire.
    await removeFires(on, id)
    await removeIfThere(on, actor, id)
    await removeFires(on, id)
  }
  return true
}

async function removeFires(on: SchedulesEnvironment, id: string): Promise<void> {
  const { records } = on.backend
  for (;;) {
    const page = await records.list({ partition: firedPartition(id), limit: PAGE })
    await Promise.all(
      page.records.map(({ key, version }) => records.write([{ key, expect: version, value: undefined }])),
    )
    if (page.next === undefined) return
  }
}
