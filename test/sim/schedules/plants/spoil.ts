import type { Creation } from '../../../../shared/core/change.ts'
import type { Backend } from '../../../../shared/ports/backend.ts'
import type { RecordWrite } from '../../../../shared/ports/record-store.ts'
import type { Schedule } from '../../../../shared/schedules/schedule.ts'

/** Changes what is written of records. */
export function onWrite(spoil: (writes: readonly RecordWrite[], backend: Backend) => Promise<readonly RecordWrite[]>) {
  return (backend: Backend): Backend => ({
    ...backend,
    records: { ...backend.records, write: async writes => backend.records.write(await spoil(writes, backend)) },
  })
}

/** Changes schedules before they are written. @param before as it is in the store */
export function onSchedule(spoil: (schedule: Schedule, before: Schedule) => Schedule) {
  return onWrite(async (writes, { records }) =>
    Promise.all(
      writes.map(async write => {
        if (write.key.partition !== 'schedule_all' || write.value === undefined) return write
        const before = (await records.read(write.key))?.value as Schedule | undefined // of this partition
        return before ? { ...write, value: spoil(write.value as Schedule, before) } : write
      }),
    ),
  )
}

/** Changes the tasks of occurrences before they are made. */
export function onTask(spoil: (row: Creation['row']) => Creation['row']) {
  return (backend: Backend): Backend => ({
    ...backend,
    tasks: {
      ...backend.tasks,
      commit: change =>
        backend.tasks.commit(
          change.expect === 'absent' && change.row.scheduledFor !== undefined
            ? { ...change, row: spoil(change.row) }
            : change,
        ),
    },
  })
}
