import { occurrencesBetween } from '../../../../shared/calendar/occurrences.ts'
import { occurrenceTaskId } from '../../../../shared/core/task-id.ts'
import { nextOf } from '../../../../shared/schedules/next.ts'
import type { Fire, Schedule } from '../../../../shared/schedules/schedule.ts'
import type { Plant } from '../plant.ts'
import { onSchedule } from './spoil.ts'

/** Nobody comes in time. */
const late = { reconcileMs: 240_000, timers: { doubled: 0, lost: 1, late: 0, early: 0, stale: 0 } }
const AHEAD_MS = 60_000

/** Changes the lines of a decision. */
const onDecision = (spoil: (lines: readonly [Fire, ...Fire[]], schedule: Schedule) => readonly Fire[]) =>
  onSchedule(schedule => {
    const [first, ...others] = schedule.deciding ?? []
    if (!first) return schedule
    const deciding = spoil([first, ...others], schedule)
    const latest = Math.max(schedule.decidedUntil, ...deciding.map(({ scheduledFor }) => scheduledFor))
    return { ...schedule, deciding, decidedUntil: latest }
  })

/** Rules about what is left out, and what is made up for. */
export const policies: readonly Plant[] = [
  {
    name: 'overlap-decided-early',
    breaks: ['H76'],
    patch: {
      backend: onDecision((lines, schedule) => {
        const [{ firedAt }] = lines
        const scheduledFor = schedule.overlap === 'skip' ? nextOf(schedule, schedule.decidedUntil) : undefined
        if (scheduledFor === undefined || scheduledFor > firedAt + AHEAD_MS) return lines
        return [...lines, { scheduledFor, firedAt, outcome: 'overlapping' }]
      }),
    },
  },
  {
    name: 'end-not-seen',
    breaks: ['H76'],
    patch: {
      backend: backend => ({
        ...backend,
        tasks: {
          ...backend.tasks,
          async read(id) {
            const row = await backend.tasks.read(id)
            return row && { ...row, state: 'RUNNING' }
          },
        },
      }),
    },
  },
  {
    name: 'refused-with-room',
    breaks: ['P12'],
    settings: { submitLimit: 4 },
    patch: {
      backend: backend => ({
        ...backend,
        limits: {
          ...backend.limits,
          take: async () => ({ allowed: false, remaining: 0, resetMs: 60_000, retryAfterMs: 15_000 }),
        },
      }),
    },
  },
  {
    name: 'made-up-for-too-few',
    breaks: ['H78'],
    settings: late,
    patch: {
      backend: onDecision(([first, second, ...others]) => {
        if (first.outcome !== 'missed' || !second || second.scheduledFor > first.firedAt)
          return second ? [first, second, ...others] : [first]
        return [{ ...first, scheduledFor: second.scheduledFor, count: (first.count ?? 0) + 1 }, ...others]
      }),
    },
  },
  {
    name: 'missed-made-up-for',
    breaks: ['H78'],
    settings: late,
    patch: {
      backend: onDecision(([first, ...others], { id, since, rule }) => {
        const { scheduledFor: until, firedAt, count = 0, outcome } = first
        if (outcome !== 'missed') return [first, ...others]
        const times = occurrencesBetween(rule, firedAt - 600_000, until, 100).slice(-count)
        const made = times.map(at => ({ scheduledFor: at, firedAt, taskId: occurrenceTaskId(id, since, at) }))
        return [...made.map(line => ({ ...line, outcome: 'fired' as const })), ...others]
      }),
    },
  },
]
