import { decodeStored } from '../../../shared/aws/record-codec.ts'
import { decodeRow, ROW_SORT_KEY } from '../../../shared/aws/row-codec.ts'
import { type Instant, isTerminal, type TaskRow } from '../../../shared/core/task.ts'
import type { StoredRecord } from '../../../shared/ports/record-store.ts'
import type { Schedule } from '../../../shared/schedules/schedule.ts'
import { TASKS_TABLE } from '../checker.ts'
import type { Item } from '../expressions.ts'
import type { Write } from '../tables.ts'
import type { World } from '../world.ts'
import { checkEnd } from './check-end.ts'
import { checkLines } from './check-lines.ts'
import { checkOccurrences } from './check-occurrences.ts'
import { createRoom, limitedBy } from './check-refused.ts'
import { checkRow } from './check-row.ts'
import { checkWork } from './check-work.ts'
import { createEntries } from './entries.ts'
import { type Life, nextSegment } from './lives.ts'
import type { Violation, Wrong } from './promises.ts'
import type { Settings } from './settings.ts'
import type { createTimers } from './timers.ts'

/** What the checks share: all that has been seen from outside of the program. */
export interface Seen {
  readonly world: World
  /** How often somebody looks at all that is due. */
  readonly reconcileMs: number
  /** Of the owners' submit limits. */
  readonly room: ReturnType<typeof createRoom>
  /** Since when nothing goes wrong any more. */
  calmAt: Instant
  readonly lives: Map<string, Life>
  /** Tasks that schedules have made, by id. */
  readonly rows: Map<string, TaskRow>
  /** When those of them ended that have. */
  readonly ended: Map<string, Instant>
}

export function createChecker(
  world: World,
  { reconcileMs, submitLimit }: Pick<Settings, 'reconcileMs' | 'submitLimit'>,
) {
  const start = world.now
  const entries = createEntries()
  const touched = new Set<string>()
  const lines: StoredRecord[] = []
  let violation: Violation | undefined
  const seen: Seen = {
    world,
    reconcileMs,
    room: createRoom(world, submitLimit),
    calmAt: Number.POSITIVE_INFINITY,
    lives: new Map(),
    rows: new Map(),
    ended: new Map(),
  }

  /** The first one counts: what follows from a broken promise proves nothing. */
  function tell(schedule: string, wrong: Wrong | undefined): void {
    if (!wrong) return
    const [promise, what] = wrong
    world.trace.note(world.now, `${schedule} breaks ${promise}: ${what}`)
    violation ??= { promise, schedule, what }
  }

  function lifeOf(id: string): Life {
    const empty = { id, schedule: undefined, segment: undefined, works: new Map(), lastTask: undefined }
    const life = seen.lives.get(id) ?? empty
    seen.lives.set(id, life)
    return life
  }

  function wroteTask({ before, after, call }: Write): void {
    if (!after || after.sk?.S !== ROW_SORT_KEY) return
    const row = decodeRow(after)
    if (row.scheduleId === undefined) return
    if (!before) tell(row.scheduleId, checkRow(seen, row, lifeOf(row.scheduleId), isByHand(call)))
    seen.rows.set(row.id, row)
    if (isTerminal(row.state) && !seen.ended.has(row.id)) seen.ended.set(row.id, world.now)
  }

  function wroteRecord({ before, after, call }: Write): void {
    const record = decodeStored((after ?? before) as Item) // one of both is there
    const { partition, sort } = record.key
    if (partition === 'schedule_all') {
      wroteSchedule(lifeOf(sort), after && (record.value as Schedule))
      touched.add(sort)
    } else if (partition.startsWith('schedule_due_') || partition.startsWith('schedule_of_')) {
      touched.add(entries.wrote(record, after !== undefined))
    } else if (partition.startsWith('schedule_fired_') && after && !isByHand(call)) lines.push(record)
  }

  function wroteSchedule(life: Life, schedule: Schedule | undefined): void {
    const { segment } = life
    world.trace.note(world.now, `${life.id} ${told(schedule)}`)
    const isNext = schedule?.generation !== life.schedule?.generation || (schedule && !life.schedule)
    if (isNext) {
      const next = schedule && nextSegment(life, schedule, start, world.now, submitLimit !== undefined)
      if (segment && next !== segment) {
        segment.to = world.now
        // A pause, a resume and a removal do not look at what is due; whoever changes the rule does.
        segment.isLookedAtLast =
          schedule !== undefined && (schedule.paused === undefined) === (segment.schedule.paused === undefined)
        tell(life.id, checkOccurrences(seen, life, segment))
      }
      life.segment = next
    }
    if (schedule) tell(life.id, checkWork(life, schedule))
    life.schedule = schedule
    // Made again under the same id, it is another one.
    if (!schedule) life.lastTask = undefined
  }

  return {
    violation: () => violation,
    wrote(write: Write): void {
      const limited = limitedBy(write)
      if (write.table === TASKS_TABLE) wroteTask(write)
      else if (limited !== undefined) seen.room.wrote(limited, write)
      else wroteRecord(write)
    },
    /** A call has been applied, whole. */
    settled(): void {
      for (const record of lines.splice(0)) {
        const id = record.key.partition.slice('schedule_fired_'.length)
        tell(id, checkLines(seen, lifeOf(id), record))
      }
      for (const id of touched) {
        const wrong = entries.wrong(id, seen.lives.get(id)?.schedule)
        tell(id, wrong === undefined ? undefined : ['H71', wrong])
      }
      touched.clear()
    },
    /** From now on nothing goes wrong. */
    calm(): void {
      seen.calmAt = world.now
    },
    /** Somebody has come to an end with all that was due when they began. */
    looked(since: Instant): void {
      for (const { segment } of seen.lives.values())
        if (segment && segment.from < since) segment.lookedAt = Math.max(segment.lookedAt, since)
    },
    /** Tasks that have not ended. */
    open: () => [...seen.rows.values()].filter(({ state }) => !isTerminal(state)),
    isGone: (id: string) => seen.lives.get(id)?.schedule === undefined,
    end(timers: ReturnType<typeof createTimers>): void {
      for (const life of seen.lives.values()) tell(life.id, checkEnd(seen, life, timers))
    },
    /** How many schedules and tasks there were. */
    counts: () => ({ schedules: seen.lives.size, tasks: seen.rows.size }),
  }
}

/** Somebody has asked for occurrences that are past. */
function isByHand(call: Write['call']): boolean {
  return call?.from.name.startsWith('backfill') ?? false
}

export type Checker = ReturnType<typeof createChecker>

/** For the trace. */
function told(schedule: Schedule | undefined): string {
  if (!schedule) return 'is removed'
  const { generation, armed, decidedUntil, deciding, paused, dueAt } = schedule
  const time = (at: Instant | undefined) => (at === undefined ? 'never' : new Date(at).toISOString().slice(11, 23))
  const what = deciding ? `, decides ${deciding.map(({ scheduledFor }) => time(scheduledFor)).join()}` : ''
  return `${generation}/${armed} until ${time(decidedUntil)}, due ${time(dueAt)}${paused ? ', paused' : ''}${what}`
}
