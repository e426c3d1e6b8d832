import { occurrenceTaskId, taskId } from '../../../../shared/core/task-id.ts'
import type { Plant } from '../plant.ts'
import { onSchedule, onTask } from './spoil.ts'

/** Rules about the tasks of occurrences. */
export const making: readonly Plant[] = [
  {
    name: 'random-task-id',
    breaks: ['P12'],
    patch: { backend: (backend, { entropy }) => onTask(row => ({ ...row, id: taskId(entropy.id()) }))(backend) },
  },
  {
    name: 'task-id-without-generation',
    breaks: ['P12'],
    patch: {
      backend: onTask(row => ({ ...row, id: occurrenceTaskId(row.scheduleId ?? '', 0, row.scheduledFor ?? 0) })),
    },
  },
  {
    name: 'ids-anew-with-each-change',
    breaks: ['P12'],
    patch: {
      backend: onSchedule((schedule, before) =>
        schedule.generation > before.generation ? { ...schedule, since: before.since + 1 } : schedule,
      ),
    },
  },
  {
    name: 'ids-never-anew',
    breaks: ['H72'],
    patch: { backend: onSchedule((schedule, { since }) => ({ ...schedule, since })) },
  },
  {
    name: 'task-runs-at-once',
    breaks: ['H77'],
    patch: { backend: onTask(row => ({ ...row, runAt: row.createdAt })) },
  },
  {
    name: 'noted-before-made',
    breaks: ['H71'],
    patch: {
      backend: (backend, { clock }) => ({
        ...backend,
        tasks: {
          ...backend.tasks,
          async commit(change) {
            if (change.expect !== 'absent') return backend.tasks.commit(change)
            clock.after(1_000, () => void backend.tasks.commit(change).catch(() => {}))
            return { ok: true, row: change.row }
          },
        },
      }),
    },
  },
  {
    name: 'overlap-not-looked-at',
    breaks: ['H76'],
    patch: { backend: backend => ({ ...backend, tasks: { ...backend.tasks, read: async () => undefined } }) },
  },
]
