import type { Backend } from '../../../../shared/ports/backend.ts'
import type { RecordWrite } from '../../../../shared/ports/record-store.ts'
import type { Schedule } from '../../../../shared/schedules/schedule.ts'
import type { Plant } from '../plant.ts'
import { onSchedule, onWrite } from './spoil.ts'

const isDue = ({ key }: RecordWrite) => key.partition.startsWith('schedule_due_')

/** Whatever is there by now. */
async function unconditionally(writes: readonly RecordWrite[], { records }: Backend): Promise<readonly RecordWrite[]> {
  const isDecision = writes.some(({ value }) => (value as Partial<Schedule> | undefined)?.deciding !== undefined)
  if (!isDecision) return writes
  return Promise.all(
    writes.map(async write => ({ ...write, expect: (await records.read(write.key))?.version ?? ('absent' as const) })),
  )
}

/** Rules about what is decided of a schedule, and when. */
export const deciding: readonly Plant[] = [
  { name: 'decided-unconditionally', breaks: ['P12', 'H71'], patch: { backend: onWrite(unconditionally) } },
  {
    name: 'due-entry-not-moved',
    breaks: ['H71'],
    patch: {
      backend: onWrite(async writes =>
        writes.some(({ key }) => key.partition.startsWith('schedule_fired_'))
          ? writes.filter(write => !isDue(write))
          : writes,
      ),
    },
  },
  {
    name: 'edit-makes-up',
    breaks: ['H72'],
    patch: {
      backend: onSchedule((schedule, before) =>
        JSON.stringify(schedule.rule) === JSON.stringify(before.rule)
          ? schedule
          : { ...schedule, decidedUntil: schedule.createdAt - 600_000 },
      ),
    },
  },
  {
    name: 'edit-decides-again',
    breaks: ['P12'],
    patch: {
      backend: onSchedule((schedule, before) =>
        schedule.generation > before.generation && schedule.since === before.since
          ? { ...schedule, decidedUntil: before.decidedUntil - 100_000 }
          : schedule,
      ),
    },
  },
  {
    name: 'other-task-decides-again',
    breaks: ['H70'],
    patch: {
      backend: onSchedule((schedule, before) =>
        schedule.since !== before.since && JSON.stringify(schedule.rule) === JSON.stringify(before.rule)
          ? { ...schedule, decidedUntil: before.decidedUntil - 100_000 }
          : schedule,
      ),
    },
  },
  {
    name: 'resume-makes-up',
    breaks: ['H74'],
    patch: {
      backend: onSchedule((schedule, before) =>
        before.paused && !schedule.paused ? { ...schedule, decidedUntil: before.decidedUntil } : schedule,
      ),
    },
  },
  {
    name: 'generation-not-raised',
    breaks: ['H72', 'H73', 'P12'],
    patch: {
      apiBackend: onSchedule((schedule, before) => ({ ...schedule, generation: before.generation })),
    },
  },
  {
    name: 'missed-uncounted',
    breaks: ['H78'],
    settings: { reconcileMs: 240_000, timers: { doubled: 0, lost: 1, late: 0, early: 0, stale: 0 } },
    patch: {
      backend: onSchedule(schedule => {
        const [first, ...rest] = schedule.deciding ?? []
        if (first?.outcome !== 'missed') return schedule
        return { ...schedule, deciding: [{ ...first, count: (first.count ?? 0) + 1 }, ...rest] }
      }),
    },
  },
  {
    name: 'decision-forgotten-by-edit',
    breaks: ['H71'],
    patch: {
      apiBackend: backend => ({
        ...backend,
        records: {
          ...backend.records,
          async read(key) {
            const record = await backend.records.read(key)
            if (!record || key.partition !== 'schedule_all') return record
            const { deciding: _, ...value } = record.value as Schedule // of this partition
            return { ...record, value }
          },
        },
      }),
    },
  },
]
