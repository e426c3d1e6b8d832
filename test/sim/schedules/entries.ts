import { encodeTime } from '../../../shared/core/task-id.ts'
import type { StoredRecord } from '../../../shared/ports/record-store.ts'
import type { Schedule } from '../../../shared/schedules/schedule.ts'

/** The entries beside the records of schedules: among what is due, and in the list of their owner. */
export function createEntries() {
  const due = new Map<string, Set<string>>()
  const listed = new Map<string, StoredRecord>()

  return {
    /** @returns whose entry it is */
    wrote(record: StoredRecord, isThere: boolean): string {
      const { partition, sort } = record.key
      if (partition.startsWith('schedule_of_')) {
        if (isThere) listed.set(sort, record)
        else listed.delete(sort)
        return sort
      }
      const id = sort.slice(sort.indexOf('_') + 1)
      const places = due.get(id) ?? new Set()
      due.set(id, places)
      if (isThere) places.add(sort)
      else places.delete(sort)
      return id
    },
    /** What does not agree with the record; undefined when all does. */
    wrong(id: string, schedule: Schedule | undefined): string | undefined {
      const places = [...(due.get(id) ?? [])].join()
      const wanted = schedule?.dueAt === undefined ? '' : `${encodeTime(schedule.dueAt)}_${id}`
      if (places !== wanted) return `it is due at ${wanted || 'no time'}, and its entry is ${places || 'not there'}`
      const entry = listed.get(id)
      if (entry?.version !== schedule?.listed) return `its list has version ${entry?.version}, not ${schedule?.listed}`
      const isOver = schedule !== undefined && schedule.dueAt === undefined && !schedule.paused
      if (entry && (entry.expiresAt !== undefined) !== isOver) return `its entry ${isOver ? 'stays' : 'goes'}`
      return undefined
    },
  }
}
